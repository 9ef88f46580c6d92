package dev.handoff.boot.netty;

import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

import dev.handoff.Acceptor;
import dev.handoff.Listener;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;

/**
 * Accepts on a listener with Netty's event loop. A server channel accepts when it is told
 * to read, so the gate is here whether reads come through.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class ListenerAcceptor extends ChannelDuplexHandler implements Acceptor {

	// The event loop does nothing but accept, so this is never reached by a process that
	// is not stopped.
	private static final long TIMEOUT_SECONDS = 10;

	private final Listener listener;

	private final InetSocketAddress address;

	private final Channel channel;

	private final Consumer<Channel> accepted;

	private final AtomicLong acceptedCount = new AtomicLong();

	ListenerAcceptor(Listener listener, InetSocketAddress address, Channel channel, Consumer<Channel> accepted) {
		this.listener = listener;
		this.address = address;
		this.channel = channel;
		this.accepted = accepted;
	}

	// The listener is bound already. Where a server is going to listen is not known
	// before this, and its application may have told it something else.
	@Override
	public void bind(ChannelHandlerContext ctx, SocketAddress localAddress, ChannelPromise promise) {
		if (!isConfigured(localAddress)) {
			promise.setFailure(new BindException(
					"The server of listener '%s' is told to listen at %s, and its properties say %s. A handoff has the address from the properties, so set it there"
						.formatted(this.listener.name(), localAddress, this.address)));
			return;
		}
		this.listener.acceptWith(this);
		promise.setSuccess();
	}

	private boolean isConfigured(SocketAddress asked) {
		return asked instanceof InetSocketAddress inet && inet.getPort() == this.address.getPort()
				&& isSame(inet.getAddress(), this.address.getAddress());
	}

	private static boolean isSame(InetAddress one, InetAddress other) {
		return one.equals(other) || (one.isAnyLocalAddress() && other.isAnyLocalAddress());
	}

	// After EMFILE and the like, Netty and Reactor Netty begin to read again by
	// themselves, a second later.
	@Override
	public void read(ChannelHandlerContext ctx) {
		if (this.listener.isAccepting()) {
			ctx.read();
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		this.acceptedCount.incrementAndGet();
		this.accepted.accept((Channel) message);
		ctx.fireChannelRead(message);
	}

	@Override
	public void gateChanged() {
		if (this.channel.eventLoop().inEventLoop()) {
			obeyGate();
			return;
		}
		Future<?> obeyed;
		try {
			obeyed = this.channel.eventLoop().submit(this::obeyGate);
		}
		catch (RejectedExecutionException ex) {
			// Its channel has been closed.
			return;
		}
		if (!obeyed.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS) && this.channel.isOpen()) {
			throw new IllegalStateException("Netty's acceptor for listener '%s' has not obeyed the gate within PT%dS"
				.formatted(this.listener.name(), TIMEOUT_SECONDS));
		}
	}

	private void obeyGate() {
		boolean accepting = this.listener.isAccepting();
		this.channel.config().setAutoRead(accepting);
		if (accepting) {
			// It may have been set to read before, when the gate was closed.
			this.channel.read();
		}
	}

	@Override
	public long acceptedCount() {
		return this.acceptedCount.get();
	}

	@Override
	public void close() {
		Future<?> closed = this.channel.close();
		if (!this.channel.eventLoop().inEventLoop() && !closed.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS)
				&& this.channel.isOpen()) {
			throw new IllegalStateException("Netty's channel of listener '%s' has not been closed within PT%dS"
				.formatted(this.listener.name(), TIMEOUT_SECONDS));
		}
	}

}
