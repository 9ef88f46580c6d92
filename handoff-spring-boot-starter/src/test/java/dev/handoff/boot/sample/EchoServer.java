package dev.handoff.boot.sample;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

import dev.handoff.Acceptor;
import dev.handoff.Drain;
import dev.handoff.Handoff;
import dev.handoff.Listener;

/**
 * A server with an event loop of its own, as an application may have one besides its web
 * server: it says its generation before each line that it sends back.
 */
final class EchoServer implements Acceptor, Drain, Runnable, Closeable {

	private final Handoff handoff;

	private final Listener listener;

	private final Selector selector;

	private final ServerSocketChannel channel;

	private final SelectionKey key;

	private final ConcurrentLinkedQueue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final AtomicLong acceptedCount = new AtomicLong();

	private final AtomicInteger open = new AtomicInteger();

	private final Thread thread = new Thread(this, "echo");

	EchoServer(Handoff handoff, Listener listener) throws IOException {
		this.handoff = handoff;
		this.listener = listener;
		this.selector = Selector.open();
		this.channel = listener.duplicateChannel();
		this.key = this.channel.register(this.selector, 0);
		this.thread.setDaemon(true);
		this.thread.start();
		listener.acceptWith(this);
		handoff.register(this);
	}

	@Override
	public void run() {
		try {
			while (this.selector.isOpen()) {
				this.selector.select();
				for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
					task.run();
				}
				for (SelectionKey ready : this.selector.selectedKeys()) {
					serve(ready);
				}
				this.selector.selectedKeys().clear();
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void serve(SelectionKey ready) throws IOException {
		if (ready.isValid() && ready.isAcceptable() && this.listener.isAccepting()) {
			SocketChannel connection = this.channel.accept();
			if (connection != null) {
				this.acceptedCount.incrementAndGet();
				this.open.incrementAndGet();
				connection.configureBlocking(false);
				connection.register(this.selector, SelectionKey.OP_READ);
			}
		}
		else if (ready.isValid() && ready.isReadable()) {
			echo((SocketChannel) ready.channel());
		}
	}

	// Lines are short: they come in one piece, and fit in the socket's buffer.
	private void echo(SocketChannel connection) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1024);
		if (connection.read(buffer) < 0) {
			connection.close();
			this.open.decrementAndGet();
			return;
		}
		String line = StandardCharsets.UTF_8.decode(buffer.flip()).toString();
		connection.write(StandardCharsets.UTF_8.encode("generation %d: %s".formatted(this.handoff.generation(), line)));
	}

	private void inEventLoop(Runnable task) {
		CompletableFuture.runAsync(task, (queued) -> {
			this.tasks.add(queued);
			this.selector.wakeup();
		}).orTimeout(10, TimeUnit.SECONDS).join();
	}

	@Override
	public void gateChanged() {
		inEventLoop(() -> this.key.interestOps(this.listener.isAccepting() ? SelectionKey.OP_ACCEPT : 0));
	}

	@Override
	public long acceptedCount() {
		return this.acceptedCount.get();
	}

	@Override
	public int remaining() {
		return this.open.get();
	}

	@Override
	public void close() {
		if (!this.channel.isOpen()) {
			return;
		}
		inEventLoop(() -> {
			try {
				this.channel.close();
				// Only this closes the descriptor of a registered channel.
				this.selector.selectNow();
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		});
	}

}
