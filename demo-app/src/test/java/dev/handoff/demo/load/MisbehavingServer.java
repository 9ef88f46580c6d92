package dev.handoff.demo.load;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server that treats its connections, one after the other, as a test tells it to.
 */
final class MisbehavingServer implements AutoCloseable {

	private final ServerSocket serverSocket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

	private final AtomicInteger requests = new AtomicInteger();

	private final AtomicInteger connections = new AtomicInteger();

	private final Semaphore ended = new Semaphore(0);

	private final CountDownLatch closed = new CountDownLatch(1);

	MisbehavingServer(Behaviour behaviour) throws IOException {
		Thread acceptor = new Thread(() -> accept(behaviour), "misbehaving server");
		acceptor.setDaemon(true);
		acceptor.start();
	}

	private void accept(Behaviour behaviour) {
		while (!this.serverSocket.isClosed()) {
			try (Socket socket = this.serverSocket.accept()) {
				this.connections.incrementAndGet();
				behaviour.treat(new Peer(socket, new BufferedInputStream(socket.getInputStream())));
			}
			catch (IOException ex) {
				// The client has gone, or the test is over.
			}
			finally {
				this.ended.release();
			}
		}
	}

	InetSocketAddress address() {
		return (InetSocketAddress) this.serverSocket.getLocalSocketAddress();
	}

	/**
	 * Returns how many whole requests have arrived.
	 */
	int requests() {
		return this.requests.get();
	}

	int connections() {
		return this.connections.get();
	}

	/**
	 * Waits until one more connection has been closed by this server.
	 */
	boolean awaitConnectionEnd() throws InterruptedException {
		return this.ended.tryAcquire(10, TimeUnit.SECONDS);
	}

	@Override
	public void close() throws IOException {
		this.closed.countDown();
		this.serverSocket.close();
	}

	/**
	 * What to do with a connection, which is closed afterwards.
	 */
	@FunctionalInterface
	interface Behaviour {

		void treat(Peer peer) throws IOException;

	}

	/**
	 * A connection from a client.
	 */
	final class Peer {

		private final Socket socket;

		private final InputStream input;

		private Peer(Socket socket, InputStream input) {
			this.socket = socket;
			this.input = input;
		}

		/**
		 * Reads a whole request.
		 * @return its body
		 */
		byte[] readRequest() throws IOException {
			ByteArrayOutputStream head = new ByteArrayOutputStream();
			while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
				int next = this.input.read();
				if (next < 0) {
					throw new IOException("The client has gone");
				}
				head.write(next);
			}
			String lengthHeader = "content-length: ";
			int length = head.toString(StandardCharsets.US_ASCII)
				.toLowerCase(Locale.ROOT)
				.lines()
				.filter((line) -> line.startsWith(lengthHeader))
				.mapToInt((line) -> Integer.parseInt(line.substring(lengthHeader.length()).trim()))
				.findFirst()
				.orElse(0);
			byte[] body = this.input.readNBytes(length);
			MisbehavingServer.this.requests.incrementAndGet();
			return body;
		}

		void write(String text) throws IOException {
			this.socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
		}

		void answer(String extraHeaders, String body) throws IOException {
			write("HTTP/1.1 200 \r\nX-Generation: 0\r\n%sContent-Length: %d\r\n\r\n%s".formatted(extraHeaders,
					body.length(), body));
		}

		void answer() throws IOException {
			answer("", "{\"generation\":0,\"instance\":\"a\"}");
		}

		/**
		 * Makes the close of the connection a reset (socket(7), SO_LINGER).
		 */
		void resetOnClose() throws IOException {
			this.socket.setSoLinger(true, 0);
		}

		/**
		 * Does nothing until the test is over.
		 */
		void hang() {
			try {
				MisbehavingServer.this.closed.await(10, TimeUnit.SECONDS);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

		/**
		 * Writes a byte now and then until the client has gone or the test is over.
		 */
		void trickle() throws IOException {
			try {
				for (int i = 0; i < 1000 && !MisbehavingServer.this.closed.await(10, TimeUnit.MILLISECONDS); i++) {
					write("x");
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
