package dev.handoff.boot.autoconfigure.servlet;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.servlet.EventStreamFilter;
import jakarta.servlet.Filter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of handoffs of servlet applications.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ Filter.class, FilterRegistrationBean.class })
@ConditionalOnBean(LongLivedExchanges.class)
public final class ServletHandoffAutoConfiguration {

	private static final Logger logger = LoggerFactory.getLogger(ServletHandoffAutoConfiguration.class);

	@Bean
	FilterRegistrationBean<EventStreamFilter> handoffEventStreamFilter(LongLivedExchanges exchanges) {
		FilterRegistrationBean<EventStreamFilter> registration = new FilterRegistrationBean<>(
				new EventStreamFilter(exchanges));
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		return registration;
	}

	@Bean
	static SmartInitializingSingleton handoffPersistentSessions(Environment environment) {
		return () -> {
			if (environment.getProperty("server.servlet.session.persistent", Boolean.class, false)) {
				logger.warn(
						"server.servlet.session.persistent does not carry sessions over a handoff: a successor reads them when it starts, and its predecessor writes them when it ends. Keep them in a store that both processes use");
			}
		};
	}

}
