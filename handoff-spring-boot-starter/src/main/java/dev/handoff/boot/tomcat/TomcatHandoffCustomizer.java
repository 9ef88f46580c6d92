package dev.handoff.boot.tomcat;

import java.net.InetSocketAddress;

import dev.handoff.boot.ListenerSource;
import dev.handoff.boot.ServerHandoff;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.ajp.AbstractAjpProtocol;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Puts Tomcat's connectors on listeners that can be handed over: the main one, and
 * additional ones, which are replaced by copies unless they were created with a protocol
 * of this package.
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
			if (!customize(connector, this.handoff.main())) {
				logger.warn("Connector {} cannot be handed over: its protocol is {}, and {} is needed", connector,
						connector.getProtocolHandlerClassName(), TomcatWebServerFactory.DEFAULT_PROTOCOL);
			}
			// By now the application has added all that it wants.
			factory.getAdditionalConnectors().replaceAll(this::customizeAdditional);
		});
	}

	private Connector customizeAdditional(Connector original) {
		Connector copy = (original.getProtocolHandler() instanceof HandoffProtocol) ? original
				: ConnectorCopy.of(original);
		if (copy == null) {
			warn(original);
			return original;
		}
		customize(copy, this.handoff.additional(address((AbstractProtocol<?>) copy.getProtocolHandler())));
		return copy;
	}

	private boolean customize(Connector connector, ListenerSource source) {
		if (!(connector.getProtocolHandler() instanceof HandoffProtocol protocol)) {
			return false;
		}
		protocol.use(source);
		this.handoff.register(new TomcatDrain(protocol, this.handoff.exchanges()));
		return true;
	}

	private static void warn(Connector connector) {
		if (connector.getProtocolHandler() instanceof AbstractAjpProtocol<?> ajp && ajp.getSecretRequired()) {
			logger.warn(
					"Connector {} cannot be handed over: it does not tell whether it has the secret that it requires. Let it set secretRequired to false beside the secret, which is checked all the same, or create it with {}",
					connector, HandoffAjpProtocol.class.getName());
			return;
		}
		logger.warn("Connector {} cannot be handed over: its protocol is {}, and {} is needed", connector,
				connector.getProtocolHandlerClassName(), HandoffHttp11Protocol.class.getName());
	}

	private static InetSocketAddress address(AbstractProtocol<?> protocol) {
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
