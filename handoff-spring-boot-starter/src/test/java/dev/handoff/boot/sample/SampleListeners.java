package dev.handoff.boot.sample;

import java.io.IOException;
import java.net.InetSocketAddress;

import dev.handoff.Handoff;
import org.apache.catalina.connector.Connector;
import org.apache.coyote.ajp.AbstractAjpProtocol;
import org.eclipse.jetty.server.ServerConnector;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Listeners that an application has besides its web server's main port.
 */
@Configuration(proxyBeanMethods = false)
class SampleListeners {

	@Bean
	@ConditionalOnProperty("sample.additional-port")
	WebServerFactoryCustomizer<TomcatWebServerFactory> additionalTomcatConnector(
			@Value("${sample.additional-port}") int port) {
		return (factory) -> {
			Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
			connector.setPort(port);
			factory.addAdditionalConnectors(connector);
		};
	}

	@Bean
	@ConditionalOnProperty("sample.ajp-port")
	WebServerFactoryCustomizer<TomcatWebServerFactory> ajpConnector(@Value("${sample.ajp-port}") int port,
			@Value("${sample.ajp-secret-required:false}") boolean secretRequired) {
		return (factory) -> {
			Connector connector = new Connector("AJP/1.3");
			connector.setPort(port);
			AbstractAjpProtocol<?> protocol = (AbstractAjpProtocol<?>) connector.getProtocolHandler();
			protocol.setSecret("open sesame");
			protocol.setSecretRequired(secretRequired);
			factory.addAdditionalConnectors(connector);
		};
	}

	@Bean
	@ConditionalOnProperty("sample.additional-port")
	WebServerFactoryCustomizer<JettyWebServerFactory> additionalJettyConnector(
			@Value("${sample.additional-port}") int port) {
		return (factory) -> factory.addServerCustomizers((server) -> {
			ServerConnector connector = new ServerConnector(server);
			connector.setPort(port);
			server.addConnector(connector);
		});
	}

	@Bean
	@ConditionalOnProperty("sample.echo-port")
	EchoServer echoServer(Handoff handoff, @Value("${sample.echo-port}") int port) throws IOException {
		return new EchoServer(handoff, handoff.listener("echo", new InetSocketAddress(port), 16));
	}

}
