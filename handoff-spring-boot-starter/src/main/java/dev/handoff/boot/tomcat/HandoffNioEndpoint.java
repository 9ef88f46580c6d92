package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import dev.handoff.Listener;
import dev.handoff.boot.ListenerSource;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's NIO endpoint with a {@link Listener} in place of its own server socket.
 * <p>
 * Tomcat wakes its acceptor by connecting to the listener, which another process may
 * accept, and destroys what it accepts while it is paused. Here only closing this
 * process's copy wakes the acceptor, and what is accepted during a pause waits for its
 * end.
 */
final class HandoffNioEndpoint extends NioEndpoint {

	// As in NioEndpoint: the same connection accepted twice, Linux kernel bug 1924298.
	private static final long DUPLICATE_ACCEPT_NANOS = 1000;

	private final Object monitor = new Object();

	private @Nullable ListenerSource source;

	private volatile @Nullable Listener listener;

	// How many of the accepted connections Tomcat has in its own books.
	private volatile long registeredCount;

	private volatile boolean draining;

	private boolean stopping;

	private @Nullable SocketAddress previousRemoteAddress;

	private long previousAcceptTime;

	void use(ListenerSource source) {
		this.source = source;
		// A listener that was closed on stop is asked for again on start.
		setBindOnInit(false);
	}

	@Override
	protected void initServerSocket() throws Exception {
		ListenerSource source = this.source;
		if (source == null || getUnixDomainSocketPath() != null || getUseInheritedChannel()) {
			super.initServerSocket();
			return;
		}
		InetSocketAddress address = (getAddress() != null) ? new InetSocketAddress(getAddress(), getPortWithOffset())
				: new InetSocketAddress(getPortWithOffset());
		Listener listener = source.listener(address, getAcceptCount());
		setOptions(listener);
		this.registeredCount = listener.acceptedCount();
		this.listener = listener;
	}

	// As in NioEndpoint. An inherited socket has the options of its last process until
	// then.
	private void setOptions(Listener listener) throws IOException {
		try (ServerSocketChannel channel = listener.duplicateChannel()) {
			getSocketProperties().setProperties(channel.socket());
		}
	}

	@Override
	protected @Nullable NetworkChannel getServerSocket() {
		Listener listener = this.listener;
		return (listener != null) ? new ListenerChannel(listener) : super.getServerSocket();
	}

	@Override
	public void startInternal() throws Exception {
		synchronized (this.monitor) {
			this.stopping = false;
		}
		super.startInternal();
	}

	@Override
	protected SocketChannel serverSocketAccept() throws Exception {
		Listener listener = this.listener;
		if (listener == null) {
			return super.serverSocketAccept();
		}
		SocketChannel connection = listener.accept();
		if (connection == null) {
			awaitPauseOrStop();
			// The acceptor destroys what it gets in a pause. An exception would be
			// logged.
			return SocketChannel.open();
		}
		SocketAddress remoteAddress = connection.getRemoteAddress();
		long now = System.nanoTime();
		if (remoteAddress != null && remoteAddress.equals(this.previousRemoteAddress)
				&& now - this.previousAcceptTime < DUPLICATE_ACCEPT_NANOS) {
			this.registeredCount = listener.acceptedCount();
			throw new IOException("The same connection was accepted twice: " + remoteAddress);
		}
		this.previousRemoteAddress = remoteAddress;
		this.previousAcceptTime = now;
		awaitResumeOrStop();
		return connection;
	}

	@Override
	protected boolean setSocketOptions(SocketChannel connection) {
		try {
			return super.setSocketOptions(connection);
		}
		finally {
			countRegistered();
		}
	}

	@Override
	protected void destroySocket(SocketChannel connection) {
		super.destroySocket(connection);
		countRegistered();
	}

	// There is one acceptor: when it is done with a connection, it is done with all.
	private void countRegistered() {
		Listener listener = this.listener;
		if (listener != null) {
			this.registeredCount = listener.acceptedCount();
		}
	}

	/**
	 * {@return how many connections are in hand, those included that the acceptor has in
	 * its hands}
	 */
	int connectionsInHand() {
		Listener listener = this.listener;
		// In this order: a connection is in one of the two from the moment when it was
		// accepted.
		long unregistered = (listener != null) ? listener.acceptedCount() - this.registeredCount : 0;
		return Math.toIntExact(Math.max(0, unregistered) + this.connections.size());
	}

	/**
	 * Makes each connection's next response its last one, or takes that back.
	 * @param draining whether connections are to end
	 */
	void setDraining(boolean draining) {
		this.draining = draining;
	}

	boolean isDraining() {
		return this.draining;
	}

	private void awaitPauseOrStop() throws InterruptedException {
		synchronized (this.monitor) {
			while (!isPaused() && !this.stopping) {
				this.monitor.wait();
			}
		}
	}

	private void awaitResumeOrStop() throws InterruptedException {
		synchronized (this.monitor) {
			while (isPaused() && !this.stopping) {
				this.monitor.wait();
			}
		}
	}

	// Called when the endpoint has been paused.
	@Override
	protected void unlockAccept() {
		synchronized (this.monitor) {
			this.monitor.notifyAll();
		}
	}

	@Override
	public void resume() {
		super.resume();
		synchronized (this.monitor) {
			this.monitor.notifyAll();
		}
	}

	@Override
	public void stopInternal() {
		// Tomcat pauses as well, but the acceptor must not find this paused only.
		pause();
		synchronized (this.monitor) {
			this.stopping = true;
			this.monitor.notifyAll();
		}
		closeListener();
		super.stopInternal();
	}

	@Override
	protected void doCloseServerSocket() throws IOException {
		closeListener();
		super.doCloseServerSocket();
	}

	private void closeListener() {
		Listener listener = this.listener;
		if (listener != null) {
			listener.close();
		}
	}

}
