package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CountDownLatch;

import dev.handoff.Handoff;
import dev.handoff.Listener;
import org.apache.tomcat.util.net.NioEndpoint;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's NIO endpoint with a {@link Listener} in place of its own server socket.
 * <p>
 * Tomcat wakes its acceptor by connecting to the listener, which another process may
 * accept, and destroys what it accepts while it is paused. Here the acceptor is woken by
 * closing this process's copy, and nothing is accepted after that.
 */
final class HandoffNioEndpoint extends NioEndpoint {

	// As in NioEndpoint: the same connection accepted twice, Linux kernel bug 1924298.
	private static final long DUPLICATE_ACCEPT_NANOS = 1000;

	private final CountDownLatch stopped = new CountDownLatch(1);

	private @Nullable Handoff handoff;

	private String listenerName = "";

	private volatile @Nullable Listener listener;

	private @Nullable SocketAddress previousRemoteAddress;

	private long previousAcceptTime;

	void use(Handoff handoff, String listenerName) {
		this.handoff = handoff;
		this.listenerName = listenerName;
	}

	@Override
	protected void initServerSocket() {
		Handoff source = this.handoff;
		if (source == null) {
			throw new IllegalStateException("No handoff was set for " + getName());
		}
		InetSocketAddress address = (getAddress() != null) ? new InetSocketAddress(getAddress(), getPortWithOffset())
				: new InetSocketAddress(getPortWithOffset());
		this.listener = source.listener(this.listenerName, address, getAcceptCount());
	}

	@Override
	protected @Nullable NetworkChannel getServerSocket() {
		Listener current = this.listener;
		return (current != null) ? new ListenerChannel(current) : null;
	}

	@Override
	protected SocketChannel serverSocketAccept() throws Exception {
		Listener current = this.listener;
		SocketChannel connection = (current != null) ? current.accept() : null;
		if (connection == null) {
			return awaitStop();
		}
		SocketAddress remoteAddress = connection.getRemoteAddress();
		long now = System.nanoTime();
		if (remoteAddress != null && remoteAddress.equals(this.previousRemoteAddress)
				&& now - this.previousAcceptTime < DUPLICATE_ACCEPT_NANOS) {
			throw new IOException("The same connection was accepted twice: " + remoteAddress);
		}
		this.previousRemoteAddress = remoteAddress;
		this.previousAcceptTime = now;
		return connection;
	}

	/**
	 * The listener was given up: keeps the acceptor from spinning until Tomcat is
	 * stopped. Then the acceptor wants something that it can destroy; an exception would
	 * be logged.
	 */
	private SocketChannel awaitStop() throws InterruptedException, IOException {
		this.stopped.await();
		return SocketChannel.open();
	}

	@Override
	protected void unlockAccept() {
		closeListener();
		this.stopped.countDown();
	}

	@Override
	protected void doCloseServerSocket() {
		closeListener();
		this.stopped.countDown();
	}

	private void closeListener() {
		Listener current = this.listener;
		if (current != null) {
			current.close();
		}
	}

}
