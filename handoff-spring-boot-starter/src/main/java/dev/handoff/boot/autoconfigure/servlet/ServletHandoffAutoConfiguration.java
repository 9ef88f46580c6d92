package dev.handoff.boot.autoconfigure.servlet;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.servlet.EventStreamFilter;
import jakarta.servlet.Filter;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.Ordered;

/**
 * Auto-configuration of handoffs of servlet applications.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({ Filter.class, FilterRegistrationBean.class })
@ConditionalOnBean(LongLivedExchanges.class)
public final class ServletHandoffAutoConfiguration {

	@Bean
	FilterRegistrationBean<EventStreamFilter> handoffEventStreamFilter(LongLivedExchanges exchanges) {
		FilterRegistrationBean<EventStreamFilter> registration = new FilterRegistrationBean<>(
				new EventStreamFilter(exchanges));
		registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
		return registration;
	}

}
