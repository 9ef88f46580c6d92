package dev.handoff.boot;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One HTTP/2 connection (RFC 9113) that does only what it is told, and while it waits for
 * something acknowledges what has to be. It begins with its first request.
 */
public final class Http2Connection implements AutoCloseable {

	private static final int DATA = 0;

	private static final int HEADERS = 1;

	private static final int RST_STREAM = 3;

	private static final int SETTINGS = 4;

	private static final int PING = 6;

	private static final int GOAWAY = 7;

	private static final int END_STREAM = 1;

	private static final int ACK = 1;

	private static final int END_HEADERS = 4;

	private final RawConnection connection;

	private final Map<Integer, Integer> statuses = new HashMap<>();

	private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();

	/** How much of a body has been read from a tunnel. */
	private final Map<Integer, Integer> positions = new HashMap<>();

	private final Set<Integer> ended = new HashSet<>();

	private final List<Integer> goAways = new ArrayList<>();

	private final List<Integer> resets = new ArrayList<>();

	private final String scheme;

	private boolean begun;

	private boolean serverBegun;

	private Http2Connection(RawConnection connection, String scheme) {
		this.connection = connection;
		this.scheme = scheme;
	}

	/**
	 * Connects with prior knowledge (RFC 9113, section 3.3).
	 */
	public static Http2Connection to(int port) throws IOException {
		return new Http2Connection(RawConnection.to(port), "http");
	}

	/**
	 * Upgrades an HTTP/1.1 connection (RFC 7540, section 3.2) with a request that becomes
	 * stream 1.
	 */
	public static Http2Connection upgrade(RawConnection connection, String path) throws IOException {
		connection.send("""
				GET %s HTTP/1.1\r
				Host: localhost\r
				Connection: Upgrade, HTTP2-Settings\r
				Upgrade: h2c\r
				HTTP2-Settings: AAMAAABk\r
				\r
				""".formatted(path));
		RawConnection.Head response = connection.head();
		if (response.status() != 101) {
			throw new IOException("No upgrade, but " + response);
		}
		Http2Connection upgraded = new Http2Connection(connection, "http");
		upgraded.begin();
		return upgraded;
	}

	/**
	 * Connects with TLS and ALPN.
	 */
	public static Http2Connection tls(int port) throws IOException {
		return new Http2Connection(RawConnection.tls(port, "h2"), "https");
	}

	public Http2Connection get(int stream, String path) throws IOException {
		send(HEADERS, END_HEADERS | END_STREAM, stream, headers("GET", path, Map.of()));
		return this;
	}

	/**
	 * Begins a request whose body follows.
	 */
	public Http2Connection post(int stream, String path) throws IOException {
		send(HEADERS, END_HEADERS, stream, headers("POST", path, Map.of("content-type", "text/plain")));
		return this;
	}

	public Http2Connection data(int stream, String data, boolean last) throws IOException {
		return data(stream, data.getBytes(StandardCharsets.US_ASCII), last);
	}

	public Http2Connection data(int stream, byte[] data, boolean last) throws IOException {
		send(DATA, last ? END_STREAM : 0, stream, data);
		return this;
	}

	/**
	 * Makes a stream a tunnel for a WebSocket session (RFC 8441, section 5).
	 */
	public Http2Connection connect(int stream, String path) throws IOException {
		send(HEADERS, END_HEADERS, stream,
				headers("CONNECT", path, Map.of(":protocol", "websocket", "sec-websocket-version", "13")));
		while (!this.statuses.containsKey(stream)) {
			receive();
		}
		assertStatus(stream);
		return this;
	}

	/**
	 * Reads bytes from a tunnel.
	 */
	public byte[] read(int stream, int length) throws IOException {
		int begin = this.positions.getOrDefault(stream, 0);
		int end = begin + length;
		while (received(stream).length < end) {
			if (this.ended.contains(stream)) {
				throw new EOFException("Stream %d has ended".formatted(stream));
			}
			receive();
		}
		this.positions.put(stream, end);
		return Arrays.copyOfRange(received(stream), begin, end);
	}

	private byte[] received(int stream) {
		ByteArrayOutputStream body = this.bodies.get(stream);
		return (body != null) ? body.toByteArray() : new byte[0];
	}

	/**
	 * Waits for the end of a tunnel, and ends it from this side too.
	 */
	public void endTunnel(int stream) throws IOException {
		while (!this.ended.contains(stream)) {
			receive();
		}
		data(stream, new byte[0], true);
	}

	/**
	 * Waits for the end of a response with status 200, and returns its body.
	 */
	public String body(int stream) throws IOException {
		while (!this.ended.contains(stream)) {
			receive();
		}
		assertStatus(stream);
		return new String(received(stream), StandardCharsets.UTF_8);
	}

	private void assertStatus(int stream) throws IOException {
		if (this.statuses.getOrDefault(stream, 0) != 200) {
			throw new IOException("Status of stream %d: %s".formatted(stream, this.statuses));
		}
	}

	/**
	 * Waits for the first bytes of a response's body.
	 */
	public Http2Connection awaitData(int stream) throws IOException {
		while (!this.bodies.containsKey(stream)) {
			receive();
		}
		return this;
	}

	/**
	 * Says that this side leaves, says no more, and waits until the server closes the
	 * connection.
	 */
	public void leave() throws IOException {
		send(GOAWAY, 0, 0, new byte[8]);
		this.connection.shutdownOutput().rest();
	}

	/**
	 * Waits for a number of GOAWAY frames, and returns their last stream ids.
	 */
	public List<Integer> goAways(int count) throws IOException {
		while (this.goAways.size() < count) {
			receive();
		}
		return this.goAways;
	}

	/**
	 * Reads until the server closes the connection, and returns the last stream ids of
	 * all GOAWAY frames.
	 */
	public List<Integer> goAwaysUntilEnd() throws IOException {
		try {
			while (true) {
				receive();
			}
		}
		catch (EOFException ex) {
			return this.goAways;
		}
	}

	/**
	 * Returns the streams that have been answered to the end.
	 */
	public Set<Integer> ended() {
		return this.ended;
	}

	private void receive() throws IOException {
		ByteBuffer header = ByteBuffer.wrap(this.connection.read(9));
		int length = (header.get() & 0xFF) << 16 | (header.getShort() & 0xFFFF);
		int type = header.get();
		int flags = header.get();
		int stream = header.getInt() & Integer.MAX_VALUE;
		byte[] payload = this.connection.read(length);
		if (!this.serverBegun && type != SETTINGS) {
			throw new IOException("The first frame is not SETTINGS (RFC 9113, section 3.4), but of type " + type);
		}
		this.serverBegun = true;
		switch (type) {
			case HEADERS -> this.statuses.putIfAbsent(stream, status(payload));
			case DATA -> body(stream, payload);
			case RST_STREAM -> this.resets.add(stream);
			case SETTINGS, PING -> {
				if ((flags & ACK) == 0) {
					send(type, ACK, 0, (type == PING) ? payload : new byte[0]);
				}
			}
			case GOAWAY -> this.goAways.add(ByteBuffer.wrap(payload).getInt() & Integer.MAX_VALUE);
			default -> {
				// Window updates and the like.
			}
		}
		if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
			this.bodies.computeIfAbsent(stream, (unknown) -> new ByteArrayOutputStream());
			this.ended.add(stream);
		}
		if (this.resets.contains(stream) && stream != 0) {
			throw new IOException("Stream %d was reset".formatted(stream));
		}
	}

	private void body(int stream, byte[] payload) {
		this.bodies.computeIfAbsent(stream, (unknown) -> new ByteArrayOutputStream()).writeBytes(payload);
	}

	/**
	 * The status comes first, and 200 as an entry of the static table (RFC 7541, appendix
	 * A).
	 */
	private static int status(byte[] block) {
		int first = 0;
		while ((block[first] & 0xE0) == 0x20) {
			// A change of the dynamic table's size, an integer (section 5.1).
			boolean goesOn = (block[first++] & 0x1F) == 0x1F;
			while (goesOn) {
				goesOn = (block[first++] & 0x80) != 0;
			}
		}
		return ((block[first] & 0xFF) == 0x88) ? 200 : -1;
	}

	// Literal fields that are not indexed (RFC 7541, section 6.2.2).
	private byte[] headers(String method, String path, Map<String, String> more) {
		// Those that begin with a colon come first (RFC 9113, section 8.3).
		Map<String, String> fields = new TreeMap<>(more);
		fields.putAll(Map.of(":method", method, ":scheme", this.scheme, ":path", path, ":authority", "localhost"));
		ByteArrayOutputStream block = new ByteArrayOutputStream();
		fields.forEach((name, value) -> literal(block, name, value));
		return block.toByteArray();
	}

	private static void literal(ByteArrayOutputStream block, String name, String value) {
		block.write(0);
		for (String text : List.of(name, value)) {
			block.write(text.length());
			block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
		}
	}

	private void begin() throws IOException {
		this.begun = true;
		this.connection.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
		send(SETTINGS, 0, 0, new byte[0]);
	}

	private void send(int type, int flags, int stream, byte[] payload) throws IOException {
		if (!this.begun) {
			begin();
		}
		ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
		frame.put((byte) 0).putShort((short) payload.length).put((byte) type).put((byte) flags).putInt(stream);
		this.connection.send(frame.put(payload).array());
	}

	@Override
	public void close() throws IOException {
		this.connection.close();
	}

}
