package dev.handoff.boot.tomcat;

import java.net.InetSocketAddress;

import dev.handoff.Handoff;
import dev.handoff.Listener;

/**
 * Where an endpoint gets its listener from when it binds.
 *
 * @see Handoff#listener(String, InetSocketAddress, int)
 */
@FunctionalInterface
interface ListenerSource {

	Listener listener(String name, InetSocketAddress address, int backlog);

}
