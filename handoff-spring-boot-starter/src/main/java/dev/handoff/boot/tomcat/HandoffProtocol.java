package dev.handoff.boot.tomcat;

import dev.handoff.boot.ListenerSource;
import org.apache.coyote.ProtocolHandler;

/**
 * A protocol of Tomcat on a listener that can be handed over.
 */
interface HandoffProtocol extends ProtocolHandler {

	/**
	 * {@return what accepts its connections}
	 */
	HandoffNioEndpoint endpoint();

	/**
	 * Sets where the listener comes from when the endpoint binds.
	 * @param source the source
	 */
	default void use(ListenerSource source) {
		endpoint().use(source);
	}

}
