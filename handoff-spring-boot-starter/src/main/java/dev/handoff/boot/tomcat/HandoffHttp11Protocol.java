package dev.handoff.boot.tomcat;

import dev.handoff.Handoff;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.coyote.http11.Http11NioProtocol;

/**
 * Tomcat's HTTP/1.1 protocol, with upgrades as usual, on a listener that can be handed
 * over. Public with a public constructor because Tomcat creates it by name.
 */
public final class HandoffHttp11Protocol extends Http11NioProtocol {

	/**
	 * Creates a protocol that needs {@link #use} before it is started.
	 */
	public HandoffHttp11Protocol() {
		super(new HandoffNioEndpoint());
	}

	/**
	 * Sets where the listener comes from and lets the handoff finish this protocol's
	 * connections.
	 * @param handoff the process's handoff
	 * @param listenerName the listener's name
	 */
	void use(Handoff handoff, String listenerName) {
		((HandoffNioEndpoint) getEndpoint()).use(handoff, listenerName);
		handoff.register(new TomcatDrain(this, getEndpoint()));
	}

	/**
	 * Returns the number of connections in hand.
	 * @return the number
	 * @see AbstractHttp11Protocol#getConnectionCount()
	 */
	int connections() {
		return getEndpoint().getConnections().size();
	}

}
