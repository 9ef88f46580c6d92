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
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection that does exactly what it is told: unlike the clients of
 * libraries it never retries and hides nothing. It is stricter than RFC 9112 asks for: a
 * body without a length is malformed, because its end could not be told from an EOF. Not
 * safe for use by several threads.
 */
final class HttpConnection implements AutoCloseable {

	private static final int MAX_BODY = 64 * 1024 * 1024;

	private static final int MAX_LINE = 16 * 1024;

	private final Socket socket = new Socket();

	private final Duration timeout;

	private final InputStream input;

	// Whether the next read is for what is there already.
	private boolean looking;

	private long deadline;

	private boolean closing;

	/**
	 * Connects.
	 * @param timeout for the connection, and for each exchange as a whole
	 */
	HttpConnection(InetSocketAddress address, Duration timeout) throws IOException {
		this.timeout = timeout;
		try {
			this.socket.setTcpNoDelay(true);
			this.socket.connect(address, (int) timeout.toMillis());
			this.input = new BufferedInputStream(new DeadlineInput(this.socket.getInputStream()));
		}
		catch (IOException ex) {
			this.socket.close();
			throw ex;
		}
	}

	int localPort() {
		return this.socket.getLocalPort();
	}

	/**
	 * Returns whether the last response announced that the connection closes.
	 */
	boolean isClosing() {
		return this.closing;
	}

	/**
	 * Returns whether the server has closed this connection while it was idle, which it
	 * may (RFC 9112, section 9.3).
	 * @throws IOException if it was reset
	 */
	boolean isClosedWhileIdle() throws IOException, Failure {
		this.looking = true;
		try {
			if (this.input.read() < 0) {
				return true;
			}
		}
		catch (SocketTimeoutException ex) {
			return false;
		}
		finally {
			this.looking = false;
		}
		throw new Failure(Failure.Kind.BODY, "bytes that no request asked for");
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
		this.deadline = System.nanoTime() + this.timeout.toNanos();
		this.socket.getOutputStream().write(request.toByteArray());
		return read(!keepAlive);
	}

	private Response read(boolean closing) throws IOException, Failure {
		String[] status = line().split(" ", 3);
		if (status.length < 2 || !status[0].equals("HTTP/1.1")) {
			throw malformed("status line", String.join(" ", status));
		}
		Map<String, String> headers = new HashMap<>();
		for (String line = line(); !line.isEmpty(); line = line()) {
			int colon = line.indexOf(':');
			if (colon < 0) {
				throw malformed("header", line);
			}
			headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
		}
		this.closing = closing || "close".equalsIgnoreCase(headers.get("connection"));
		byte[] body = "chunked".equalsIgnoreCase(headers.get("transfer-encoding")) ? chunks()
				: bytes(number("content-length", headers.get("content-length"), 10));
		String generation = headers.get("x-generation");
		return new Response(number("status", status[1], 10),
				(generation != null) ? number("x-generation", generation, 10) : -1, body);
	}

	private byte[] chunks() throws IOException, Failure {
		ByteArrayOutputStream body = new ByteArrayOutputStream();
		while (true) {
			int size = number("chunk size", line().trim(), 16);
			body.writeBytes(bytes(size));
			line();
			if (size == 0) {
				return body.toByteArray();
			}
			if (body.size() > MAX_BODY) {
				throw malformed("body", "longer than " + MAX_BODY);
			}
		}
	}

	private byte[] bytes(int size) throws IOException, Failure {
		if (size < 0 || size > MAX_BODY) {
			throw malformed("length", String.valueOf(size));
		}
		byte[] bytes = this.input.readNBytes(size);
		if (bytes.length < size) {
			throw new EOFException("EOF after %d of %d bytes of the body".formatted(bytes.length, size));
		}
		return bytes;
	}

	private String line() throws IOException, Failure {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		while (line.size() < MAX_LINE) {
			int next = this.input.read();
			if (next < 0) {
				throw new EOFException("EOF before the response was whole");
			}
			if (next == '\n') {
				return line.toString(StandardCharsets.US_ASCII).stripTrailing();
			}
			line.write(next);
		}
		throw malformed("line", "longer than " + MAX_LINE);
	}

	private static int number(String what, @Nullable String text, int radix) throws Failure {
		try {
			return Integer.parseInt(String.valueOf(text), radix);
		}
		catch (NumberFormatException ex) {
			throw malformed(what, String.valueOf(text));
		}
	}

	private static Failure malformed(String what, String value) {
		return new Failure(Failure.Kind.BODY, "malformed response, %s: %s".formatted(what, value));
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
	 * Lets an exchange as a whole have a deadline, which a server that trickles does not
	 * prolong.
	 */
	private final class DeadlineInput extends InputStream {

		private final InputStream delegate;

		private DeadlineInput(InputStream delegate) {
			this.delegate = delegate;
		}

		@Override
		public int read() throws IOException {
			byte[] single = new byte[1];
			return (read(single, 0, 1) < 0) ? -1 : single[0] & 0xff;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			long millis = HttpConnection.this.looking ? 1
					: (HttpConnection.this.deadline - System.nanoTime() + 999_999) / 1_000_000;
			if (millis <= 0) {
				throw new SocketTimeoutException("No whole response in time");
			}
			HttpConnection.this.socket.setSoTimeout((int) millis);
			return this.delegate.read(bytes, offset, length);
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
