package dev.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * One connection to a {@link TestServer}. Never retries.
 */
public final class LineClient implements AutoCloseable {

	private final Socket socket;

	private LineClient(Socket socket) {
		this.socket = socket;
	}

	public static LineClient connect(InetSocketAddress address) throws IOException {
		Socket socket = new Socket();
		socket.connect(address, 10_000);
		socket.setSoTimeout(30_000);
		return new LineClient(socket);
	}

	public static LineClient connect(int port) throws IOException {
		return connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	public static String ask(int port, String line) throws IOException {
		try (LineClient client = connect(port)) {
			client.send(line);
			return client.answer();
		}
	}

	public void send(String line) throws IOException {
		this.socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
	}

	public String answer() throws IOException {
		String answer = new BufferedReader(new InputStreamReader(this.socket.getInputStream(), StandardCharsets.UTF_8))
			.readLine();
		if (answer == null) {
			throw new IOException("EOF before response");
		}
		return answer;
	}

	/**
	 * Reads to the end of the connection.
	 */
	public String rest() throws IOException {
		String rest = new String(this.socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		if (rest.isEmpty()) {
			throw new IOException("EOF before response");
		}
		return rest;
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

}
