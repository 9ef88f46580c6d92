package dev.handoff.boot.autoconfigure.jetty;

import dev.handoff.Handoff;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.jetty.JettyHandoffCustomizer;
import org.eclipse.jetty.server.Server;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.jetty.JettyWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of handoffs with embedded Jetty.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ Server.class, JettyWebServerFactory.class })
@ConditionalOnBean(Handoff.class)
public final class JettyHandoffAutoConfiguration {

	@Bean
	JettyHandoffCustomizer jettyHandoffCustomizer(ServerHandoff handoff) {
		return new JettyHandoffCustomizer(handoff);
	}

}
