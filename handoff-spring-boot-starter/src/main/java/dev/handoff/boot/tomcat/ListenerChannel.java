package dev.handoff.boot.tomcat;

import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import java.util.Set;

import dev.handoff.Listener;

/**
 * A {@link Listener} as Tomcat looks at its server socket: an address. Tomcat never gets
 * to the socket itself.
 */
final class ListenerChannel implements NetworkChannel {

	private final Listener listener;

	private volatile boolean closed;

	ListenerChannel(Listener listener) {
		this.listener = listener;
	}

	@Override
	public SocketAddress getLocalAddress() {
		return this.listener.address();
	}

	@Override
	public boolean isOpen() {
		return !this.closed;
	}

	@Override
	public void close() {
		this.closed = true;
		this.listener.close();
	}

	@Override
	public NetworkChannel bind(SocketAddress local) {
		throw new UnsupportedOperationException("The listener is bound already");
	}

	@Override
	public <T> NetworkChannel setOption(SocketOption<T> name, T value) {
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

}
