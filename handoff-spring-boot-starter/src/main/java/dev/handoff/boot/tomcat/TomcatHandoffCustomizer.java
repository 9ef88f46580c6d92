package dev.handoff.boot.tomcat;

import dev.handoff.Handoff;
import org.apache.catalina.connector.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Puts Tomcat's main connector on a listener that can be handed over.
 */
public final class TomcatHandoffCustomizer implements WebServerFactoryCustomizer<TomcatWebServerFactory>, Ordered {

	/**
	 * The name of the main connector's listener.
	 */
	public static final String LISTENER_NAME = "server";

	private static final Logger logger = LoggerFactory.getLogger(TomcatHandoffCustomizer.class);

	private final Handoff handoff;

	private final String listenerName;

	/**
	 * Creates a customizer.
	 * @param handoff the process's handoff
	 * @param listenerName the name under which a successor asks for the main connector's
	 * listener
	 */
	public TomcatHandoffCustomizer(Handoff handoff, String listenerName) {
		this.handoff = handoff;
		this.listenerName = listenerName;
	}

	@Override
	public void customize(TomcatWebServerFactory factory) {
		if (TomcatWebServerFactory.DEFAULT_PROTOCOL.equals(factory.getProtocol())) {
			factory.setProtocol(HandoffHttp11Protocol.class.getName());
		}
		factory.addConnectorCustomizers(this::customize);
	}

	private void customize(Connector connector) {
		if (connector.getProtocolHandler() instanceof HandoffHttp11Protocol protocol) {
			protocol.use(this.handoff::listener, this.listenerName);
			this.handoff.register(new TomcatDrain(protocol));
		}
		else {
			logger.warn("Listener '{}' cannot be handed over: the connector's protocol is {}, and {} is needed",
					this.listenerName, connector.getProtocolHandlerClassName(),
					TomcatWebServerFactory.DEFAULT_PROTOCOL);
		}
	}

	// After the application's own customizers, which may set a protocol.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
