package dev.handoff.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A WebSocket client that reads and writes one frame at a time (RFC 6455, section 5.2),
 * with payloads of less than 126 bytes.
 */
final class WebSocketConnection implements AutoCloseable {

	static final int TEXT = 1;

	static final int CLOSE = 8;

	private final RawConnection connection;

	private WebSocketConnection(RawConnection connection) {
		this.connection = connection;
	}

	/**
	 * Asks for an upgrade on a connection, which belongs to the result from now on.
	 */
	static WebSocketConnection upgrade(RawConnection connection, String path) throws IOException {
		connection.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
				+ "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
		assertThat(connection.head().status()).isEqualTo(101);
		return new WebSocketConnection(connection);
	}

	WebSocketConnection send(String text) throws IOException {
		return send(TEXT, text.getBytes(StandardCharsets.UTF_8));
	}

	WebSocketConnection send(int opcode, byte[] payload) throws IOException {
		this.connection.send(frame(opcode, payload));
		return this;
	}

	Frame receive() throws IOException {
		return Frame.from(this.connection::read);
	}

	/**
	 * Returns a frame as a client sends it.
	 */
	static byte[] frame(int opcode, byte[] payload) {
		// Masked with zeros, which leaves the payload as it is.
		ByteBuffer frame = ByteBuffer.allocate(6 + payload.length);
		frame.put((byte) (0x80 | opcode)).put((byte) (0x80 | payload.length)).putInt(0).put(payload);
		return frame.array();
	}

	boolean isAtEnd() throws IOException {
		return this.connection.isAtEnd();
	}

	@Override
	public void close() throws IOException {
		this.connection.close();
	}

	/**
	 * A frame.
	 */
	record Frame(int opcode, ByteBuffer payload) {

		/**
		 * Waits for one in a stream of HTTP/2.
		 */
		static Frame from(Http2Connection connection, int stream) throws IOException {
			return from((length) -> connection.read(stream, length));
		}

		private static Frame from(Source source) throws IOException {
			byte[] head = source.read(2);
			assertThat(head[1]).as("length").isBetween((byte) 0, (byte) 125);
			return new Frame(head[0] & 0x0F, ByteBuffer.wrap(source.read(head[1])));
		}

		String text() {
			return StandardCharsets.UTF_8.decode(this.payload.duplicate()).toString();
		}

		int closeCode() {
			assertThat(this.opcode).as("opcode of a close frame").isEqualTo(CLOSE);
			return this.payload.getShort(0);
		}

	}

	/**
	 * Where the bytes of frames come from.
	 */
	@FunctionalInterface
	private interface Source {

		byte[] read(int length) throws IOException;

	}

}
