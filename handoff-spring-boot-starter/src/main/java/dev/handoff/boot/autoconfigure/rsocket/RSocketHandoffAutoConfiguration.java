package dev.handoff.boot.autoconfigure.rsocket;

import java.net.InetSocketAddress;

import dev.handoff.Handoff;
import dev.handoff.boot.HandoffContext;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.autoconfigure.netty.NettyHandoffAutoConfiguration;
import dev.handoff.boot.netty.NettyShutdown;
import dev.handoff.boot.rsocket.RSocketHandoff;
import io.rsocket.core.RSocketServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.rsocket.autoconfigure.RSocketProperties;
import org.springframework.boot.rsocket.netty.NettyRSocketServerFactory;
import org.springframework.boot.rsocket.server.RSocketServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * Auto-configuration of handoffs of an RSocket server with a port of its own.
 */
@AutoConfiguration(after = { HandoffAutoConfiguration.class, NettyHandoffAutoConfiguration.class })
@ConditionalOnClass({ RSocketServer.class, NettyRSocketServerFactory.class, ReactorResourceFactory.class })
@ConditionalOnBean({ Handoff.class, RSocketServerFactory.class })
public final class RSocketHandoffAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(RSocketHandoffAutoConfiguration.class);

	@Bean
	@ConditionalOnMissingBean
	NettyShutdown rSocketHandoffShutdown(ObjectProvider<ReactorResourceFactory> resources) {
		return new NettyShutdown(resources::getIfUnique);
	}

	@Bean
	RSocketHandoff rSocketHandoff(HandoffContext context, LongLivedExchanges exchanges, NettyShutdown shutdown,
			RSocketProperties properties) {
		RSocketProperties.Server server = properties.getServer();
		int port = (server.getPort() != null) ? server.getPort() : 0;
		return new RSocketHandoff(context.server(ServerHandoff.RSOCKET, exchanges), shutdown,
				(server.getAddress() != null) ? new InetSocketAddress(server.getAddress(), port)
						: new InetSocketAddress(port));
	}

	@Bean
	static BeanPostProcessor rSocketHandoffPostProcessor(ObjectProvider<RSocketHandoff> handoff) {
		return new BeanPostProcessor() {

			@Override
			public Object postProcessBeforeInitialization(Object bean, String beanName) {
				if (bean instanceof NettyRSocketServerFactory factory) {
					handoff.getObject().customize(factory);
				}
				else if (bean instanceof RSocketServerFactory) {
					logger.warn(
							"The RSocket server of {} is not handed over: a successor fails to bind its port. Use {}",
							bean, NettyRSocketServerFactory.class.getName());
				}
				return bean;
			}

		};
	}

}
