package dev.handoff.boot.autoconfigure.netty;

import dev.handoff.Handoff;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.netty.NettyHandoffCustomizer;
import dev.handoff.boot.netty.NettyShutdown;
import reactor.netty.http.server.HttpServer;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.http.client.ReactorResourceFactory;

/**
 * Auto-configuration of handoffs with embedded Reactor Netty.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ HttpServer.class, NettyReactiveWebServerFactory.class })
@ConditionalOnBean(Handoff.class)
public final class NettyHandoffAutoConfiguration {

	@Bean
	NettyShutdown nettyHandoffShutdown(ObjectProvider<ReactorResourceFactory> resources) {
		return new NettyShutdown(resources::getIfUnique);
	}

	@Bean
	NettyHandoffCustomizer nettyHandoffCustomizer(ServerHandoff handoff, NettyShutdown shutdown) {
		return new NettyHandoffCustomizer(handoff, shutdown);
	}

}
