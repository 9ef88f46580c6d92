package dev.handoff.boot.autoconfigure.tomcat;

import dev.handoff.Handoff;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.tomcat.TomcatHandoffCustomizer;
import org.apache.catalina.startup.Tomcat;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of handoffs with embedded Tomcat.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ Tomcat.class, TomcatWebServerFactory.class })
@ConditionalOnBean(Handoff.class)
public final class TomcatHandoffAutoConfiguration {

	@Bean
	TomcatHandoffCustomizer tomcatHandoffCustomizer(ServerHandoff handoff) {
		return new TomcatHandoffCustomizer(handoff);
	}

}
