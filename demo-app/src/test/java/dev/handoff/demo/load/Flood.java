package dev.handoff.demo.load;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Diallers that say nothing, half of something or nonsense to a control socket, until
 * they are stopped or have dialled often enough.
 */
final class Flood implements AutoCloseable {

	private static final int MAX_DIALS = 200_000;

	private static final int MAX_OPEN = 30;

	private static final List<String> WORDS = List.of("", "HOFF", "GET / HTTP/1.1\r\n\r\n", "x".repeat(20_000));

	private final Path socket;

	private final AtomicLong dialled = new AtomicLong();

	private final CountDownLatch stopped = new CountDownLatch(1);

	private final List<Thread> threads = new ArrayList<>();

	private Flood(Path socket) {
		this.socket = socket;
	}

	static Flood of(Path socket) {
		Flood flood = new Flood(socket);
		for (String words : WORDS) {
			Thread thread = new Thread(() -> flood.run(words), "flood of " + words.length());
			thread.setDaemon(true);
			flood.threads.add(thread);
			thread.start();
		}
		return flood;
	}

	long dialled() {
		return this.dialled.get();
	}

	private void run(String words) {
		Deque<SocketChannel> open = new ArrayDeque<>();
		try {
			for (int i = 0; i < MAX_DIALS && !this.stopped.await(5, TimeUnit.MILLISECONDS); i++) {
				try {
					open.add(dial(words));
				}
				catch (IOException ex) {
					// It was hung up on.
				}
				if (open.size() > MAX_OPEN) {
					open.remove().close();
				}
			}
			while (!open.isEmpty()) {
				open.remove().close();
			}
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private SocketChannel dial(String words) throws IOException {
		SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(this.socket));
		this.dialled.incrementAndGet();
		try {
			channel.configureBlocking(false);
			channel.write(ByteBuffer.wrap(words.getBytes(StandardCharsets.US_ASCII)));
			return channel;
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
	}

	@Override
	public void close() {
		this.stopped.countDown();
		try {
			for (Thread thread : this.threads) {
				thread.join();
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
