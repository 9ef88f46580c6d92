package dev.handoff.boot.sample;

import java.util.Map;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.Ordered;
import org.springframework.web.reactive.HandlerMapping;
import org.springframework.web.reactive.config.WebFluxConfigurer;
import org.springframework.web.reactive.handler.SimpleUrlHandlerMapping;
import org.springframework.web.reactive.socket.server.WebSocketService;
import org.springframework.web.reactive.socket.server.support.HandshakeWebSocketService;
import org.springframework.web.reactive.socket.server.upgrade.ReactorNettyRequestUpgradeStrategy;
import org.springframework.web.socket.TextMessage;
import org.springframework.web.socket.WebSocketSession;
import org.springframework.web.socket.config.annotation.EnableWebSocket;
import org.springframework.web.socket.config.annotation.WebSocketConfigurer;
import org.springframework.web.socket.config.annotation.WebSocketHandlerRegistry;
import org.springframework.web.socket.handler.TextWebSocketHandler;
import org.springframework.web.socket.server.RequestUpgradeStrategy;
import org.springframework.web.socket.server.jetty.JettyRequestUpgradeStrategy;
import org.springframework.web.socket.server.standard.StandardWebSocketUpgradeStrategy;
import org.springframework.web.socket.server.support.DefaultHandshakeHandler;

/**
 * WebSocket sessions that echo, on either stack.
 */
class SampleSockets {

	@Configuration(proxyBeanMethods = false)
	@EnableWebSocket
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class Servlet implements WebSocketConfigurer {

		private final ObjectProvider<TomcatServletWebServerFactory> tomcat;

		Servlet(ObjectProvider<TomcatServletWebServerFactory> tomcat) {
			this.tomcat = tomcat;
		}

		@Override
		public void registerWebSocketHandlers(WebSocketHandlerRegistry registry) {
			registry.addHandler(new TextWebSocketHandler() {

				@Override
				protected void handleTextMessage(WebSocketSession session, TextMessage message) throws Exception {
					session.sendMessage(message);
				}

			}, "/socket").setHandshakeHandler(new DefaultHandshakeHandler(upgradeStrategy()));
		}

		/** Spring would always take Jetty's, whose classes are here as well. */
		private RequestUpgradeStrategy upgradeStrategy() {
			return (this.tomcat.getIfAvailable() != null) ? new StandardWebSocketUpgradeStrategy()
					: new JettyRequestUpgradeStrategy();
		}

	}

	@Configuration(proxyBeanMethods = false)
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
	static class Reactive {

		@Bean
		HandlerMapping socketMapping() {
			org.springframework.web.reactive.socket.WebSocketHandler echo = (session) -> session
				.send(session.receive().map((message) -> session.textMessage(message.getPayloadAsText())))
				.then(Mono.empty());
			return new SimpleUrlHandlerMapping(Map.of("/socket", echo), Ordered.HIGHEST_PRECEDENCE);
		}

		/** Spring would take another server's, whose classes are here as well. */
		@Bean
		WebFluxConfigurer nettySockets(ObjectProvider<NettyReactiveWebServerFactory> netty) {
			return new WebFluxConfigurer() {

				@Override
				public @Nullable WebSocketService getWebSocketService() {
					return (netty.getIfAvailable() != null)
							? new HandshakeWebSocketService(new ReactorNettyRequestUpgradeStrategy()) : null;
				}

			};
		}

	}

}
