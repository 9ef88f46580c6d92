package dev.handoff.boot;

import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Set;

import dev.handoff.Drain;
import dev.handoff.Handoff;

/**
 * The handoff as one server of the process sees it. Every kind of server names its
 * listeners in the same way, so that any can follow any other. Safe for use by several
 * threads.
 */
public final class ServerHandoff {

	/**
	 * The name of the application's own server.
	 */
	public static final String SERVER = "server";

	/**
	 * The name of the server on the management port.
	 */
	public static final String MANAGEMENT = "management";

	/**
	 * The name of the gRPC server.
	 */
	public static final String GRPC = "grpc";

	/**
	 * The name of the RSocket server.
	 */
	public static final String RSOCKET = "rsocket";

	private final Handoff handoff;

	private final LongLivedExchanges exchanges;

	private final String name;

	private final boolean management;

	private final Set<String> additionalNames = new HashSet<>();

	/**
	 * Creates a server's handoff.
	 * @param handoff the process's handoff
	 * @param exchanges the process's event streams and WebSocket sessions
	 * @param name the server's name
	 * @param management whether it has the management port
	 */
	public ServerHandoff(Handoff handoff, LongLivedExchanges exchanges, String name, boolean management) {
		this.handoff = handoff;
		this.exchanges = exchanges;
		this.name = name;
		this.management = management;
	}

	/**
	 * {@return the source of the main connector's listener, which has the server's name}
	 */
	public ListenerSource main() {
		return (address, backlog) -> this.handoff.listener(this.name, address, backlog);
	}

	/**
	 * Returns the source of an additional connector's listener. It is named after its
	 * address, because the order of connectors may change between generations.
	 * @param address the address that the connector is configured with
	 * @return the source
	 */
	public ListenerSource additional(InetSocketAddress address) {
		String host = address.getAddress() == null || address.getAddress().isAnyLocalAddress() ? "*"
				: address.getAddress().getHostAddress();
		String base = "%s/%s:%d".formatted(this.name, host, address.getPort());
		String unique = base;
		synchronized (this.additionalNames) {
			// Several connectors may ask for any port.
			for (int number = 2; !this.additionalNames.add(unique); number++) {
				unique = base + "#" + number;
			}
		}
		String listenerName = unique;
		return (bound, backlog) -> this.handoff.listener(listenerName, bound, backlog);
	}

	/**
	 * Adds a connector whose connections have to be finished before this process exits.
	 * The management port is open until those of all others are finished, as Spring Boot
	 * closes it last.
	 * @param drain the connector's drain
	 */
	public void register(Drain drain) {
		if (this.management) {
			this.handoff.closeLast(this.name, drain);
		}
		else {
			this.handoff.register(drain);
		}
	}

	/**
	 * {@return where the server's event streams and WebSocket sessions are registered}
	 */
	public LongLivedExchanges exchanges() {
		return this.exchanges;
	}

}
