package dev.handoff.boot.grpc;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.netty.ListenerTransport;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.Ordered;
import org.springframework.grpc.server.ServerBuilderCustomizer;

/**
 * Puts gRPC's Netty server on a listener that can be handed over. Event loops that the
 * application gives the server are not used: all have to be of one transport, and one
 * loop has to be for accepting only.
 */
@SuppressWarnings("FutureReturnValueIgnored") // nobody waits for the end of event loops
public final class GrpcHandoffCustomizer
		implements ServerBuilderCustomizer<NettyServerBuilder>, DisposableBean, Ordered {

	private final ServerHandoff handoff;

	private final InetSocketAddress address;

	private final Runnable beforeWatchesEnd;

	private final ListenerTransport transport = ListenerTransport.best();

	private final GrpcDrain drain = new GrpcDrain();

	private final EventLoopGroup acceptorGroup = this.transport.newAcceptorGroup();

	private final EventLoopGroup workerGroup = new MultiThreadIoEventLoopGroup(
			new DefaultThreadFactory("handoff-grpc", true), this.transport.handlers());

	/**
	 * Creates a customizer.
	 * @param handoff the handoff as the server that is made sees it
	 * @param address the server's address
	 * @param health the health that is watched, if it is
	 */
	public GrpcHandoffCustomizer(ServerHandoff handoff, InetSocketAddress address, ObjectProvider<GrpcHealth> health) {
		this.handoff = handoff;
		this.address = address;
		this.beforeWatchesEnd = () -> health.ifAvailable(GrpcHealth::leave);
		handoff.register(this.drain);
	}

	@Override
	public void customize(NettyServerBuilder builder) {
		builder.channelFactory(this::listen)
			.bossEventLoopGroup(this.acceptorGroup)
			.workerEventLoopGroup(this.workerGroup)
			.intercept(new StreamingCalls(this.handoff.exchanges(), this.beforeWatchesEnd));
	}

	private ServerChannel listen() {
		return this.transport.open(this.handoff.main(), this.address, this.drain::add);
	}

	// When the server is stopped: it waits for its event loops.
	@Override
	public void destroy() {
		this.acceptorGroup.shutdownGracefully(0, 1, TimeUnit.SECONDS);
		this.workerGroup.shutdownGracefully(0, 1, TimeUnit.SECONDS);
	}

	// After the application's own customizers.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
