package dev.handoff.boot.autoconfigure.tomcat;

import dev.handoff.Handoff;
import dev.handoff.boot.HandoffContext;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.tomcat.TomcatHandoffCustomizer;
import org.apache.catalina.startup.Tomcat;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.autoconfigure.web.ManagementContextConfiguration;
import org.springframework.boot.actuate.autoconfigure.web.ManagementContextType;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.tomcat.TomcatWebServerFactory;
import org.springframework.context.annotation.Bean;

/**
 * Puts the Tomcat of a separate management port on a listener of its own. Its context is
 * a child, to which the application's customizers do not apply.
 */
@ManagementContextConfiguration(value = ManagementContextType.CHILD, proxyBeanMethods = false)
@ConditionalOnClass({ Tomcat.class, TomcatWebServerFactory.class })
@ConditionalOnBean(Handoff.class)
class TomcatHandoffManagementConfiguration {

	// None where the handoff is off and the build of the application, if it was processed
	// ahead of time, did not know.
	@Bean
	@Nullable TomcatHandoffCustomizer tomcatHandoffManagementCustomizer(@Nullable HandoffContext context,
			@Nullable LongLivedExchanges exchanges) {
		return (context != null && exchanges != null)
				? new TomcatHandoffCustomizer(context.server(ServerHandoff.MANAGEMENT, exchanges)) : null;
	}

}
