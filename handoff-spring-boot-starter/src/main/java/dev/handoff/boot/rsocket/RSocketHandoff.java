package dev.handoff.boot.rsocket;

import java.net.InetSocketAddress;

import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.netty.ListenerLoopResources;
import dev.handoff.boot.netty.NettyShutdown;
import io.rsocket.core.RSocketServer;
import io.rsocket.plugins.DuplexConnectionInterceptor;
import reactor.netty.resources.LoopResources;

import org.springframework.boot.rsocket.netty.NettyRSocketServerFactory;
import org.springframework.boot.rsocket.server.RSocketServerCustomizer;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * Puts an RSocket server on a listener that can be handed over.
 */
public final class RSocketHandoff implements RSocketServerCustomizer {

	private final RSocketDrain drain = new RSocketDrain();

	private final ListenerLoopResources loops;

	/**
	 * Creates the handoff of a server.
	 * @param handoff the handoff as the server sees it
	 * @param shutdown the end of the server's process
	 * @param address the server's address
	 */
	public RSocketHandoff(ServerHandoff handoff, NettyShutdown shutdown, InetSocketAddress address) {
		this.loops = new ListenerLoopResources(shutdown, handoff.main(), () -> address, this.drain::add);
		handoff.register(this.drain);
	}

	/**
	 * Makes the servers of a factory listen on the listener.
	 * @param factory the factory
	 */
	public void customize(NettyRSocketServerFactory factory) {
		LoopResources resources = this.loops;
		factory.setResourceFactory(new ReactorResourceFactory() {

			@Override
			public LoopResources getLoopResources() {
				return resources;
			}

		});
	}

	@Override
	public void customize(RSocketServer server) {
		server.interceptors((registry) -> registry
			.forConnection((type, connection) -> (type == DuplexConnectionInterceptor.Type.SOURCE)
					? this.drain.watch(connection) : connection));
	}

}
