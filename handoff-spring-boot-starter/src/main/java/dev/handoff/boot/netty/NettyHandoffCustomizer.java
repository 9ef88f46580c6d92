package dev.handoff.boot.netty;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Supplier;

import dev.handoff.boot.ServerHandoff;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Puts Reactor Netty's server on a listener that can be handed over.
 */
public final class NettyHandoffCustomizer
		implements WebServerFactoryCustomizer<NettyReactiveWebServerFactory>, Ordered {

	private final ServerHandoff handoff;

	private final NettyShutdown shutdown;

	/**
	 * Creates a customizer.
	 * @param handoff the handoff as the server that is made sees it
	 * @param shutdown the end of the server's process
	 */
	public NettyHandoffCustomizer(ServerHandoff handoff, NettyShutdown shutdown) {
		this.handoff = handoff;
		this.shutdown = shutdown;
	}

	@Override
	public void customize(NettyReactiveWebServerFactory factory) {
		// Else the server would use its event loops in place of those that are set here.
		factory.setResourceFactory(null);
		factory.addServerCustomizers(this::customize);
	}

	private HttpServer customize(HttpServer server) {
		NettyDrain drain = new NettyDrain(this.handoff.exchanges());
		this.handoff.register(drain);
		Supplier<? extends @Nullable SocketAddress> address = server.configuration().bindAddress();
		ListenerLoopResources loops = new ListenerLoopResources(this.shutdown, this.handoff.main(),
				() -> internetAddress(address), drain::add);
		return server.runOn(loops, loops.isNative())
			.doOnChannelInit((observer, channel, remoteAddress) -> drain.watch(channel));
	}

	private static InetSocketAddress internetAddress(@Nullable Supplier<? extends @Nullable SocketAddress> address) {
		SocketAddress local = (address != null) ? address.get() : null;
		if (local instanceof InetSocketAddress inet) {
			return inet;
		}
		throw new IllegalStateException("The server's address %s is not an internet address".formatted(local));
	}

	// After the application's own customizers, which may set an address.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
