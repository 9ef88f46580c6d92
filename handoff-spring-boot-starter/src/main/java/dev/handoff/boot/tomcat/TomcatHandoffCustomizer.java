package dev.handoff.boot.tomcat;

import dev.handoff.boot.ServerHandoff;
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

	private static final Logger logger = LoggerFactory.getLogger(TomcatHandoffCustomizer.class);

	private final ServerHandoff handoff;

	/**
	 * Creates a customizer.
	 * @param handoff the handoff as the server that is made sees it
	 */
	public TomcatHandoffCustomizer(ServerHandoff handoff) {
		this.handoff = handoff;
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
			protocol.use(this.handoff.main());
			this.handoff.register(new TomcatDrain(protocol));
		}
		else {
			logger.warn("Connector {} cannot be handed over: its protocol is {}, and {} is needed", connector,
					connector.getProtocolHandlerClassName(), TomcatWebServerFactory.DEFAULT_PROTOCOL);
		}
	}

	// After the application's own customizers, which may set a protocol.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
