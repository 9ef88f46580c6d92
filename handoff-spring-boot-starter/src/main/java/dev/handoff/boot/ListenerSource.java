package dev.handoff.boot;

import java.net.InetSocketAddress;

import dev.handoff.Listener;

/**
 * Where one connector of a web server gets its listener from, each time that it starts.
 *
 * @see ServerHandoff
 */
@FunctionalInterface
public interface ListenerSource {

	/**
	 * Returns the connector's listener, inherited or newly bound. The accept gate opens
	 * when this process serves.
	 * @param address the address, port 0 for any
	 * @param backlog the length of the accept queue (listen(2)), used for new and for
	 * inherited listeners, when this process begins to accept
	 * @return the listener
	 * @throws dev.handoff.ListenerBindException if it had to be bound and could not
	 */
	Listener listener(InetSocketAddress address, int backlog);

}
