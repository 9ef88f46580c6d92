package dev.handoff.boot.tomcat;

import dev.handoff.Handoff;
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

	/**
	 * Creates a customizer.
	 * @param handoff the process's handoff
	 */
	public TomcatHandoffCustomizer(Handoff handoff) {
		this.handoff = handoff;
	}

	@Override
	public void customize(TomcatWebServerFactory factory) {
		if (!TomcatWebServerFactory.DEFAULT_PROTOCOL.equals(factory.getProtocol())) {
			logger.warn("The connector's protocol is {}, which cannot be handed over; {} can", factory.getProtocol(),
					TomcatWebServerFactory.DEFAULT_PROTOCOL);
			return;
		}
		factory.setProtocol(HandoffHttp11Protocol.class.getName());
		factory.addConnectorCustomizers((connector) -> {
			if (connector.getProtocolHandler() instanceof HandoffHttp11Protocol protocol) {
				protocol.use(this.handoff, LISTENER_NAME);
			}
		});
	}

	// After the application's own customizers, which may set a protocol.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
