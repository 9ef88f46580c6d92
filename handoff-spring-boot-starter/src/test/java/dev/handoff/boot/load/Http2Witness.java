package dev.handoff.boot.load;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

import dev.handoff.boot.TestKeystore;
import org.jspecify.annotations.Nullable;

/**
 * Stands between an HTTP/2 client and the server, passes on every frame, and counts which
 * requests were sent and what became of them. A client that is told to go away counts
 * requests as failed that it has not sent (nghttp2 closes their streams with
 * REFUSED_STREAM), so its own count does not say what the server did.
 */
final class Http2Witness implements AutoCloseable {

	private static final int PREFACE_LENGTH = 24;

	private static final int DATA = 0;

	private static final int HEADERS = 1;

	private static final int RST_STREAM = 3;

	private static final int GOAWAY = 7;

	private static final int END_STREAM = 1;

	private static final int REFUSED_STREAM = 7;

	private final URI server;

	private final Tally tally;

	private final ServerSocket listener;

	Http2Witness(URI server, Tally tally) {
		this.server = server;
		this.tally = tally;
		try {
			this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		start(this::accept);
	}

	/**
	 * Returns where the client is to connect, without TLS.
	 */
	URI address() {
		return URI.create("http://127.0.0.1:" + this.listener.getLocalPort());
	}

	private void accept() {
		while (!this.listener.isClosed()) {
			try {
				Socket client = this.listener.accept();
				start(() -> relay(client));
			}
			catch (IOException ex) {
				// Closed.
			}
		}
	}

	private void relay(Socket client) {
		try (client; Socket upstream = connect()) {
			Streams streams = new Streams();
			start(() -> {
				try {
					requests(client, upstream, streams);
				}
				catch (IOException ex) {
					// The other direction says what that meant.
				}
			});
			String end = "end of stream";
			try {
				responses(upstream, client, streams);
			}
			catch (IOException ex) {
				end = ex.toString();
			}
			streams.end(end);
		}
		catch (IOException ex) {
			this.tally.fail("connection: " + ex, 1);
		}
	}

	private Socket connect() throws IOException {
		if (!this.server.getScheme().equals("https")) {
			return new Socket(this.server.getHost(), this.server.getPort());
		}
		SSLSocket socket = (SSLSocket) TestKeystore.clientContext()
			.getSocketFactory()
			.createSocket(this.server.getHost(), this.server.getPort());
		SSLParameters parameters = socket.getSSLParameters();
		parameters.setApplicationProtocols(new String[] { "h2" });
		socket.setSSLParameters(parameters);
		return socket;
	}

	private static void requests(Socket from, Socket to, Streams streams) throws IOException {
		DataInputStream input = new DataInputStream(from.getInputStream());
		OutputStream output = to.getOutputStream();
		output.write(input.readNBytes(PREFACE_LENGTH));
		while (true) {
			Frame frame = Frame.read(input);
			if (frame == null) {
				to.shutdownOutput();
				return;
			}
			if (frame.type() == HEADERS) {
				streams.sent(frame.stream());
			}
			output.write(frame.bytes());
		}
	}

	private static void responses(Socket from, Socket to, Streams streams) throws IOException {
		DataInputStream input = new DataInputStream(from.getInputStream());
		OutputStream output = to.getOutputStream();
		for (Frame frame = Frame.read(input); frame != null; frame = Frame.read(input)) {
			if (frame.type() == HEADERS || frame.type() == DATA) {
				streams.received(frame);
			}
			else if (frame.type() == RST_STREAM) {
				streams.reset(frame.stream(), frame.payloadInt(0));
			}
			else if (frame.type() == GOAWAY) {
				streams.goAway(frame.payloadInt(0) & Integer.MAX_VALUE);
			}
			output.write(frame.bytes());
		}
	}

	private static void start(Runnable task) {
		Thread thread = new Thread(task, "witness");
		thread.setDaemon(true);
		thread.start();
	}

	@Override
	public void close() {
		try {
			this.listener.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The streams of one connection.
	 */
	private final class Streams {

		private final Set<Integer> unanswered = new HashSet<>();

		private final List<Integer> goAways = new ArrayList<>();

		synchronized void sent(int stream) {
			this.unanswered.add(stream);
			Http2Witness.this.tally.add(1);
		}

		synchronized void received(Frame frame) {
			if (frame.type() == HEADERS && !frame.isStatus200()) {
				Http2Witness.this.tally.fail("status", 1);
			}
			if ((frame.flags() & END_STREAM) != 0) {
				this.unanswered.remove(frame.stream());
			}
		}

		synchronized void reset(int stream, int code) {
			this.unanswered.remove(stream);
			// Refused ones may be sent again (RFC 9113, section 8.7).
			if (code != REFUSED_STREAM) {
				Http2Witness.this.tally.fail("reset with code " + code, 1);
			}
		}

		synchronized void goAway(int lastStreamId) {
			this.goAways.add(lastStreamId);
		}

		synchronized void end(String how) {
			// Later ones may be sent again (RFC 9113, section 6.8).
			long lost = this.unanswered.stream()
				.filter((stream) -> this.goAways.stream().allMatch((lastStreamId) -> stream <= lastStreamId))
				.count();
			Http2Witness.this.tally
				.fail("connection ended with streams open, GOAWAY %s, %s".formatted(this.goAways, how), lost);
		}

	}

	/**
	 * A frame (RFC 9113, section 4.1) with its header.
	 */
	private static final class Frame {

		private static final int HEADER_LENGTH = 9;

		private final byte[] bytes;

		private Frame(byte[] bytes) {
			this.bytes = bytes;
		}

		static @Nullable Frame read(DataInputStream input) throws IOException {
			byte[] header = input.readNBytes(HEADER_LENGTH);
			if (header.length == 0) {
				return null;
			}
			if (header.length < HEADER_LENGTH) {
				throw new EOFException();
			}
			int length = ByteBuffer.wrap(header).getInt() >>> 8;
			ByteBuffer frame = ByteBuffer.allocate(HEADER_LENGTH + length).put(header);
			input.readFully(frame.array(), HEADER_LENGTH, length);
			return new Frame(frame.array());
		}

		byte[] bytes() {
			return this.bytes;
		}

		int type() {
			return this.bytes[3];
		}

		int flags() {
			return this.bytes[4];
		}

		int stream() {
			return ByteBuffer.wrap(this.bytes).getInt(5) & Integer.MAX_VALUE;
		}

		int payloadInt(int offset) {
			return ByteBuffer.wrap(this.bytes).getInt(HEADER_LENGTH + offset);
		}

		// An entry of the static table (RFC 7541, appendix A), maybe after a change of
		// the
		// dynamic one's size.
		boolean isStatus200() {
			for (int i = HEADER_LENGTH; i < Math.min(this.bytes.length, HEADER_LENGTH + 6); i++) {
				if ((this.bytes[i] & 0xFF) == 0x88) {
					return true;
				}
			}
			return false;
		}

	}

}
