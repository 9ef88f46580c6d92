package dev.handoff.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import dev.handoff.Acceptor;
import dev.handoff.Listener;
import org.jspecify.annotations.Nullable;

/**
 * A listener whose gate is always open, until it is given up.
 */
public final class TestListener implements Listener {

	private final AtomicLong acceptedCount = new AtomicLong();

	private final AtomicReference<@Nullable IOException> nextFailure = new AtomicReference<>();

	private final String name;

	private final ServerSocketChannel channel;

	private final SocketAddress address;

	private final Selector selector;

	public TestListener(String name, InetSocketAddress address, int backlog) {
		try {
			this.name = name;
			this.channel = ServerSocketChannel.open();
			this.channel.configureBlocking(false);
			this.channel.bind(address, backlog);
			this.address = this.channel.getLocalAddress();
			this.selector = Selector.open();
			this.channel.register(this.selector, SelectionKey.OP_ACCEPT);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public void failNextAccept(IOException failure) {
		this.nextFailure.set(failure);
		this.selector.wakeup();
	}

	@Override
	public @Nullable SocketChannel accept() throws IOException {
		try {
			while (true) {
				IOException failure = this.nextFailure.getAndSet(null);
				if (failure != null) {
					throw failure;
				}
				synchronized (this) {
					if (!this.channel.isOpen()) {
						return null;
					}
					SocketChannel connection = this.channel.accept();
					if (connection != null) {
						this.acceptedCount.incrementAndGet();
						return connection;
					}
				}
				this.selector.select();
			}
		}
		catch (ClosedSelectorException ex) {
			return null;
		}
	}

	@Override
	public void close() {
		try {
			synchronized (this) {
				this.channel.close();
			}
			this.selector.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Returns a channel whose options are not those of the listener. */
	@Override
	public ServerSocketChannel duplicateChannel() throws IOException {
		return ServerSocketChannel.open();
	}

	@Override
	public int duplicateDescriptor() {
		throw new UnsupportedOperationException();
	}

	@Override
	public void acceptWith(Acceptor acceptor) {
		throw new UnsupportedOperationException();
	}

	public boolean isClosed() {
		return !this.channel.isOpen();
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public SocketAddress address() {
		return this.address;
	}

	@Override
	public Origin origin() {
		return Origin.BOUND;
	}

	@Override
	public long acceptedCount() {
		return this.acceptedCount.get();
	}

	@Override
	public boolean isAccepting() {
		return !isClosed();
	}

}
