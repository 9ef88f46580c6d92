package dev.handoff.demo.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One HTTP/1.1 connection that does exactly what it is told: unlike the clients of
 * libraries it never retries and hides nothing. Not safe for use by several threads.
 */
final class HttpConnection implements AutoCloseable {

	private static final int TIMEOUT_MILLIS = 20_000;

	private static final int MAX_BODY = 64 * 1024 * 1024;

	private final Socket socket = new Socket();

	private final InputStream input;

	private boolean closing;

	HttpConnection(InetSocketAddress address) throws IOException {
		try {
			this.socket.setTcpNoDelay(true);
			this.socket.connect(address, TIMEOUT_MILLIS);
			this.socket.setSoTimeout(TIMEOUT_MILLIS);
			this.input = new BufferedInputStream(this.socket.getInputStream());
		}
		catch (IOException ex) {
			this.socket.close();
			throw ex;
		}
	}

	/**
	 * Returns whether the last response announced that the connection closes.
	 */
	boolean isClosing() {
		return this.closing;
	}

	/**
	 * Returns whether the next request needs another connection: the last response said
	 * so, or the server has closed this one while it was idle, which it may (RFC 9112,
	 * section 9.5).
	 */
	boolean isUsedUp() throws IOException {
		if (this.closing) {
			return true;
		}
		this.socket.setSoTimeout(1);
		try {
			this.input.mark(1);
			int read = this.input.read();
			this.input.reset();
			return read < 0;
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
		finally {
			this.socket.setSoTimeout(TIMEOUT_MILLIS);
		}
	}

	Response exchange(String method, String path, byte[] body, boolean keepAlive) throws IOException, Failure {
		StringBuilder head = new StringBuilder().append(method).append(' ').append(path).append(" HTTP/1.1\r\n");
		head.append("Host: localhost\r\n");
		if (!keepAlive) {
			head.append("Connection: close\r\n");
		}
		if (body.length > 0) {
			head.append("Content-Type: application/octet-stream\r\nContent-Length: ")
				.append(body.length)
				.append("\r\n");
		}
		ByteArrayOutputStream request = new ByteArrayOutputStream();
		request.writeBytes(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
		request.writeBytes(body);
		this.socket.getOutputStream().write(request.toByteArray());
		return read(!keepAlive);
	}

	private Response read(boolean closing) throws IOException, Failure {
		String[] status = line().split(" ", 3);
		if (status.length < 2 || !status[0].equals("HTTP/1.1")) {
			throw new Failure(Failure.Kind.BODY, "not HTTP/1.1: " + String.join(" ", status));
		}
		Map<String, String> headers = new HashMap<>();
		for (String line = line(); !line.isEmpty(); line = line()) {
			int colon = line.indexOf(':');
			if (colon < 0) {
				throw new Failure(Failure.Kind.BODY, "header line: " + line);
			}
			headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
		}
		this.closing = closing || "close".equalsIgnoreCase(headers.get("connection"));
		byte[] body = "chunked".equalsIgnoreCase(headers.get("transfer-encoding")) ? chunks()
				: bytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
		return new Response(Integer.parseInt(status[1]), Integer.parseInt(headers.getOrDefault("x-generation", "-1")),
				body);
	}

	private byte[] chunks() throws IOException {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		while (true) {
			int size = Integer.parseInt(line().trim(), 16);
			body.writeBytes(bytes(size));
			line();
			if (size == 0) {
				return body.toByteArray();
			}
		}
	}

	private byte[] bytes(int size) throws IOException {
		if (size > MAX_BODY) {
			throw new IOException("A body of %d bytes".formatted(size));
		}
		byte[] bytes = this.input.readNBytes(size);
		if (bytes.length < size) {
			throw new EOFException("EOF after %d of %d bytes of the body".formatted(bytes.length, size));
		}
		return bytes;
	}

	private String line() throws IOException {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		while (true) {
			int next = this.input.read();
			if (next < 0) {
				throw new EOFException("EOF before response");
			}
			if (next == '\n') {
				return line.toString(StandardCharsets.US_ASCII).stripTrailing();
			}
			line.write(next);
		}
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			// Nothing depends on it any more.
		}
	}

	/**
	 * A response.
	 *
	 * @param status its status
	 * @param generation the generation that it names, -1 if none
	 * @param body its body
	 */
	@SuppressWarnings("ArrayRecordComponent") // compared by nobody
	record Response(int status, int generation, byte[] body) {
	}

}
