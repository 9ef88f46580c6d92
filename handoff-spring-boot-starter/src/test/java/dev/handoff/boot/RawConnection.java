package dev.handoff.boot;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/**
 * One connection that sends what it is told byte by byte, and never retries.
 */
public final class RawConnection implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 30_000;

	private final Socket socket;

	private final InputStream input;

	private RawConnection(Socket socket, InetSocketAddress address) throws IOException {
		this.socket = socket;
		this.socket.setTcpNoDelay(true);
		this.socket.connect(address, TIMEOUT_MILLIS);
		this.socket.setSoTimeout(TIMEOUT_MILLIS);
		this.input = new BufferedInputStream(this.socket.getInputStream());
	}

	public static RawConnection to(int port) throws IOException {
		return to(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
	}

	public static RawConnection to(InetSocketAddress address) throws IOException {
		return new RawConnection(new Socket(), address);
	}

	/**
	 * Connects with TLS, and offers an application protocol (RFC 7301).
	 */
	public static RawConnection tls(int port, String protocol) throws IOException {
		SSLSocket socket = (SSLSocket) TestKeystore.clientContext().getSocketFactory().createSocket();
		SSLParameters parameters = socket.getSSLParameters();
		parameters.setApplicationProtocols(new String[] { protocol });
		socket.setSSLParameters(parameters);
		RawConnection connection = new RawConnection(socket,
				new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
		socket.startHandshake();
		return connection;
	}

	public RawConnection send(String text) throws IOException {
		return send(text.getBytes(StandardCharsets.US_ASCII));
	}

	public RawConnection send(byte[] bytes) throws IOException {
		this.socket.getOutputStream().write(bytes);
		return this;
	}

	public RawConnection get(String path) throws IOException {
		return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
	}

	/**
	 * Asks for an event stream as a browser's EventSource does.
	 */
	public RawConnection getEvents(String path) throws IOException {
		return send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
	}

	public Response response() throws IOException {
		Head head = head();
		return new Response(head.status(), head.headers(), body(head.headers()));
	}

	/**
	 * Reads the head of a response only.
	 */
	public Head head() throws IOException {
		String statusLine = line();
		Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
		for (String line = line(); !line.isEmpty(); line = line()) {
			int colon = line.indexOf(':');
			headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
		}
		return new Head(Integer.parseInt(statusLine, "HTTP/1.1 ".length(), "HTTP/1.1 200".length(), 10), headers);
	}

	private String body(Map<String, String> headers) throws IOException {
		if (headers.containsKey("Content-Length")) {
			return new String(read(Integer.parseInt(headers.get("Content-Length"))), StandardCharsets.UTF_8);
		}
		StringBuilder body = new StringBuilder();
		if ("chunked".equals(headers.get("Transfer-Encoding"))) {
			for (String chunk = chunk(); !chunk.isEmpty(); chunk = chunk()) {
				body.append(chunk);
			}
		}
		return body.toString();
	}

	/**
	 * Reads one chunk of a chunked body (RFC 9112, section 7.1), empty if it is the last.
	 */
	public String chunk() throws IOException {
		String size = line();
		if (size.isEmpty()) {
			// The end of the chunk before, which some servers send with the next one.
			size = line();
		}
		String chunk = new String(read(Integer.parseInt(size, 16)), StandardCharsets.UTF_8);
		if (chunk.isEmpty()) {
			line();
		}
		return chunk;
	}

	public RawConnection shutdownOutput() throws IOException {
		this.socket.shutdownOutput();
		return this;
	}

	/**
	 * Reads what comes until the server closes the connection.
	 */
	public String rest() throws IOException {
		return new String(this.input.readAllBytes(), StandardCharsets.UTF_8);
	}

	public String line() throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		for (int next = this.input.read(); next != '\n'; next = this.input.read()) {
			if (next < 0) {
				throw new EOFException("EOF after '%s'".formatted(line));
			}
			line.write(next);
		}
		return line.toString(StandardCharsets.US_ASCII).stripTrailing();
	}

	public byte[] read(int length) throws IOException {
		byte[] bytes = this.input.readNBytes(length);
		if (bytes.length < length) {
			throw new EOFException("EOF after %d of %d bytes".formatted(bytes.length, length));
		}
		return bytes;
	}

	/**
	 * Returns whether the server has closed the connection without another byte, waiting
	 * for that.
	 */
	public boolean isAtEnd() throws IOException {
		return this.input.read() < 0;
	}

	/**
	 * Returns whether the server leaves the connection open and says nothing for a while.
	 */
	public boolean isQuietFor(int millis) throws IOException {
		this.socket.setSoTimeout(millis);
		try {
			this.input.mark(1);
			this.input.read();
			return false;
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		finally {
			this.socket.setSoTimeout(TIMEOUT_MILLIS);
		}
	}

	@Override
	public void close() throws IOException {
		this.socket.close();
	}

	/**
	 * The head of a response.
	 */
	public record Head(int status, Map<String, String> headers) {

	}

	public record Response(int status, Map<String, String> headers, String body) {

		public boolean saysClose() {
			return this.headers.getOrDefault("Connection", "").toLowerCase(Locale.ROOT).contains("close");
		}

	}

}
