package dev.handoff.boot.autoconfigure.netty;

import dev.handoff.Handoff;
import dev.handoff.boot.HandoffContext;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.netty.NettyHandoffCustomizer;
import dev.handoff.boot.netty.NettyShutdown;
import org.jspecify.annotations.Nullable;
import reactor.netty.http.server.HttpServer;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.reactor.netty.NettyReactiveWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * Puts the Netty of a separate management port on a listener of its own. Its context is a
 * child, to which the application's customizers do not apply.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnClass({ HttpServer.class, NettyReactiveWebServerFactory.class })
@ConditionalOnBean(Handoff.class)
class NettyHandoffManagementConfiguration {

	// None where the handoff is off and the build of the application, if it was processed
	// ahead of time, did not know.
	@Bean
	@Nullable NettyHandoffCustomizer nettyHandoffManagementCustomizer(@Nullable HandoffContext context,
			@Nullable LongLivedExchanges exchanges, @Nullable NettyShutdown shutdown) {
		return (context != null && exchanges != null && shutdown != null)
				? new NettyHandoffCustomizer(context.server(ServerHandoff.MANAGEMENT, exchanges), shutdown) : null;
	}

}
