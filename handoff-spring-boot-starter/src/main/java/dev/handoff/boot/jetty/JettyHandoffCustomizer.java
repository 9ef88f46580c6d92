package dev.handoff.boot.jetty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;

import dev.handoff.boot.ListenerSource;
import dev.handoff.boot.ServerHandoff;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.component.LifeCycle;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/**
 * Puts Jetty's connectors on listeners that can be handed over: the first one is the main
 * connector, the others were added by the application.
 */
public final class JettyHandoffCustomizer implements WebServerFactoryCustomizer<JettyWebServerFactory>, Ordered {

	// As the kernel's own default (listen(2)); Jetty's default leaves it to the JDK.
	private static final int DEFAULT_BACKLOG = 4096;

	private static final Logger logger = LoggerFactory.getLogger(JettyHandoffCustomizer.class);

	private final ServerHandoff handoff;

	/**
	 * Creates a customizer.
	 * @param handoff the handoff as the server that is made sees it
	 */
	public JettyHandoffCustomizer(ServerHandoff handoff) {
		this.handoff = handoff;
	}

	@Override
	public void customize(JettyWebServerFactory factory) {
		factory.addServerCustomizers(this::customize);
	}

	private void customize(Server server) {
		Connector[] connectors = server.getConnectors();
		for (int i = 0; i < connectors.length; i++) {
			if (connectors[i] instanceof ServerConnector connector && connector.getAcceptors() > 0
					&& !connector.isOpen()) {
				customize(connector, (i == 0) ? this.handoff.main() : this.handoff.additional(address(connector)));
			}
			else {
				logger.warn(
						"Connector {} cannot be handed over: a {} with at least one acceptor that is not open yet is needed",
						connectors[i], ServerConnector.class.getName());
			}
		}
	}

	private void customize(ServerConnector connector, ListenerSource source) {
		JettyDrain drain = new JettyDrain(connector, this.handoff.exchanges());
		connector.addEventListener(new LifeCycle.Listener() {

			// Jetty forgets its server socket when it stops.
			@Override
			public void lifeCycleStarting(LifeCycle event) {
				int backlog = connector.getAcceptQueueSize();
				try {
					connector.open(new ListenerServerSocketChannel(
							source.listener(address(connector), (backlog > 0) ? backlog : DEFAULT_BACKLOG),
							drain.connections()));
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
			}

		});
		this.handoff.register(drain);
	}

	private static InetSocketAddress address(ServerConnector connector) {
		return (connector.getHost() != null) ? new InetSocketAddress(connector.getHost(), connector.getPort())
				: new InetSocketAddress(connector.getPort());
	}

	// After the application's own customizers, which may add connectors.
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
