package dev.handoff.boot.netty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import dev.handoff.Listener;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The application's event loops for one server, with a {@link Listener} where a server
 * channel would be opened, and an event loop of its own for that: nothing that the
 * application does can keep it from closing the accept gate.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class ListenerLoopResources implements LoopResources {

	private static final String EPOLL = "io.netty.channel.epoll.EpollServerSocketChannel";

	private final NettyShutdown shutdown;

	private final NettyDrain drain;

	private final Supplier<Listener> listener;

	private final boolean epoll;

	private @Nullable EventLoopGroup acceptorGroup;

	ListenerLoopResources(NettyShutdown shutdown, NettyDrain drain, Supplier<Listener> listener) {
		this.shutdown = shutdown;
		this.drain = drain;
		this.listener = listener;
		LoopResources loops = shutdown.loops();
		this.epoll = LoopResources.DEFAULT_NATIVE
				&& loops.onChannelClass(ServerSocketChannel.class, loops.onServer(true)).getName().equals(EPOLL);
	}

	/**
	 * Returns whether native event loops are used. Of Netty's native transports only
	 * epoll takes a descriptor that listens already.
	 */
	boolean isNative() {
		return this.epoll;
	}

	@Override
	public <T extends Channel> T onChannel(Class<T> channelType, EventLoopGroup group) {
		return (channelType == ServerSocketChannel.class) ? channelType.cast(listen())
				: this.shutdown.loops().onChannel(channelType, group);
	}

	private ServerSocketChannel listen() {
		Listener listener = this.listener.get();
		ServerSocketChannel channel;
		try {
			channel = this.epoll ? Epoll.serverChannel(listener) : new DuplicateChannel(listener);
		}
		catch (IOException ex) {
			listener.close();
			throw new UncheckedIOException(ex);
		}
		// It accepts as soon as it reads.
		channel.config().setAutoRead(false);
		channel.pipeline().addFirst(new ListenerAcceptor(listener, channel, this.drain));
		channel.closeFuture().addListener((future) -> {
			this.shutdown.keepAlive();
			listener.close();
			closeAcceptorGroup();
		});
		return channel;
	}

	@Override
	public <T extends Channel> Class<? extends T> onChannelClass(Class<T> channelType, EventLoopGroup group) {
		return this.shutdown.loops().onChannelClass(channelType, group);
	}

	@Override
	public EventLoopGroup onServer(boolean useNative) {
		return this.shutdown.loops().onServer(useNative);
	}

	@Override
	public EventLoopGroup onClient(boolean useNative) {
		return this.shutdown.loops().onClient(useNative);
	}

	@Override
	public synchronized EventLoopGroup onServerSelect(boolean useNative) {
		EventLoopGroup group = this.acceptorGroup;
		if (group == null) {
			IoHandlerFactory handlers = this.epoll ? Epoll.handlers() : NioIoHandler.newFactory();
			group = new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("handoff-acceptor", true), handlers);
			this.acceptorGroup = group;
		}
		return group;
	}

	private synchronized void closeAcceptorGroup() {
		EventLoopGroup group = this.acceptorGroup;
		this.acceptorGroup = null;
		if (group != null) {
			group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
		}
	}

	// The application's event loops are not this server's to dispose of.
	@Override
	public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
		return Mono.empty();
	}

	/**
	 * A channel of the listener's socket, at the listener's address.
	 */
	private static final class DuplicateChannel extends NioServerSocketChannel {

		private final SocketAddress address;

		DuplicateChannel(Listener listener) throws IOException {
			super(listener.duplicateChannel());
			this.address = listener.address();
		}

		@Override
		protected SocketAddress localAddress0() {
			return this.address;
		}

	}

	/**
	 * Keeps the native transport, which is optional, out of the class around it.
	 */
	private static final class Epoll {

		static ServerSocketChannel serverChannel(Listener listener) throws IOException {
			return new EpollServerSocketChannel(listener.duplicateDescriptor());
		}

		static IoHandlerFactory handlers() {
			return EpollIoHandler.newFactory();
		}

	}

}
