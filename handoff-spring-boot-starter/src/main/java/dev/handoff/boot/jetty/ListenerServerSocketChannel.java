package dev.handoff.boot.jetty;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

import dev.handoff.Listener;
import dev.handoff.boot.OpenConnections;

/**
 * A {@link Listener} as Jetty looks at its server socket, with a blocking accept.
 */
final class ListenerServerSocketChannel extends ServerSocketChannel {

	private final Listener listener;

	private final OpenConnections connections;

	private final CountDownLatch closed = new CountDownLatch(1);

	ListenerServerSocketChannel(Listener listener, OpenConnections connections) {
		super(SelectorProvider.provider());
		this.listener = listener;
		this.connections = connections;
	}

	@Override
	public SocketChannel accept() throws IOException {
		SocketChannel connection = this.listener.accept();
		if (connection != null) {
			this.connections.add(connection);
			return connection;
		}
		// Given up: there is nothing more to accept. An exception now would be logged
		// again and again.
		try {
			this.closed.await();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new ClosedByInterruptException();
		}
		throw new AsynchronousCloseException();
	}

	@Override
	protected void implCloseSelectableChannel() {
		this.listener.close();
		this.closed.countDown();
	}

	@Override
	protected void implConfigureBlocking(boolean block) {
		// Jetty wants it blocking, which accept() is.
	}

	@Override
	public SocketAddress getLocalAddress() {
		return this.listener.address();
	}

	@Override
	public ServerSocket socket() {
		try {
			return new ListenerSocket();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Override
	public ServerSocketChannel bind(SocketAddress local, int backlog) {
		throw new UnsupportedOperationException("The listener is bound already");
	}

	@Override
	public <T> ServerSocketChannel setOption(SocketOption<T> name, T value) {
		throw new UnsupportedOperationException("The listener belongs to the handoff");
	}

	@Override
	public <T> T getOption(SocketOption<T> name) {
		throw new UnsupportedOperationException("The listener belongs to the handoff");
	}

	@Override
	public Set<SocketOption<?>> supportedOptions() {
		return Set.of();
	}

	/**
	 * Jetty asks it for the port only. Never bound, so it has nothing to close.
	 */
	private final class ListenerSocket extends ServerSocket {

		ListenerSocket() throws IOException {
		}

		@Override
		public int getLocalPort() {
			return ((InetSocketAddress) ListenerServerSocketChannel.this.listener.address()).getPort();
		}

	}

}
