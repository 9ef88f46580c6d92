package dev.handoff.boot.netty;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.handoff.boot.ListenerSource;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ServerSocketChannel;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.resources.LoopResources;

/**
 * The application's event loops for one server of Reactor Netty, with a
 * {@link dev.handoff.Listener} where a server channel would be opened, and an event loop
 * of its own for that.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
public final class ListenerLoopResources implements LoopResources {

	private static final String EPOLL = "io.netty.channel.epoll.EpollServerSocketChannel";

	private final NettyShutdown shutdown;

	private final ListenerSource source;

	private final Supplier<InetSocketAddress> address;

	private final Consumer<Channel> accepted;

	private final ListenerTransport transport;

	private @Nullable EventLoopGroup acceptorGroup;

	/**
	 * Creates event loops.
	 * @param shutdown the end of the server's process
	 * @param source where the listener comes from, each time that the server starts
	 * @param address the address that the server is configured with then
	 * @param accepted takes each connection that has just been accepted
	 */
	public ListenerLoopResources(NettyShutdown shutdown, ListenerSource source, Supplier<InetSocketAddress> address,
			Consumer<Channel> accepted) {
		this.shutdown = shutdown;
		this.source = source;
		this.address = address;
		this.accepted = accepted;
		LoopResources loops = shutdown.loops();
		this.transport = LoopResources.DEFAULT_NATIVE
				&& loops.onChannelClass(ServerSocketChannel.class, loops.onServer(true)).getName().equals(EPOLL)
						? ListenerTransport.EPOLL : ListenerTransport.NIO;
	}

	/**
	 * Returns whether native event loops are used.
	 */
	boolean isNative() {
		return this.transport != ListenerTransport.NIO;
	}

	@Override
	public <T extends Channel> T onChannel(Class<T> channelType, EventLoopGroup group) {
		return (channelType == ServerSocketChannel.class) ? channelType.cast(listen())
				: this.shutdown.loops().onChannel(channelType, group);
	}

	private ServerSocketChannel listen() {
		ServerSocketChannel channel = this.transport.open(this.source, this.address.get(), this.accepted);
		channel.closeFuture().addListener((future) -> {
			this.shutdown.keepAlive();
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
			group = this.transport.newAcceptorGroup();
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

}
