package dev.handoff.boot.tomcat;

import java.net.InetSocketAddress;

import dev.handoff.boot.ServerHandoff;
import org.apache.catalina.connector.Connector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Puts Tomcat's connectors on listeners that can be handed over: the main one, and those
 * additional ones that were created with {@link HandoffHttp11Protocol}.
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
		factory.addConnectorCustomizers((connector) -> {
			customize(connector, TomcatWebServerFactory.DEFAULT_PROTOCOL);
			// By now the application has added all that it wants.
			factory.getAdditionalConnectors()
				.forEach((additional) -> customize(additional, HandoffHttp11Protocol.class.getName()));
		});
	}

	private void customize(Connector connector, String neededProtocol) {
		if (connector.getProtocolHandler() instanceof HandoffHttp11Protocol protocol) {
			boolean main = neededProtocol.equals(TomcatWebServerFactory.DEFAULT_PROTOCOL);
			protocol.use(main ? this.handoff.main() : this.handoff.additional(address(protocol)));
			this.handoff.register(new TomcatDrain(protocol, this.handoff.exchanges()));
		}
		else {
			logger.warn("Connector {} cannot be handed over: its protocol is {}, and {} is needed", connector,
					connector.getProtocolHandlerClassName(), neededProtocol);
		}
	}

	private static InetSocketAddress address(HandoffHttp11Protocol protocol) {
		return (protocol.getAddress() != null)
				? new InetSocketAddress(protocol.getAddress(), protocol.getPortWithOffset())
				: new InetSocketAddress(protocol.getPortWithOffset());
	}

	// After the application's own customizers, which may set a protocol.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
