package dev.handoff.boot.autoconfigure.webflux;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.webflux.EventStreamWebFilter;
import reactor.core.publisher.Flux;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.web.server.WebFilter;

/**
 * Auto-configuration of handoffs of WebFlux applications.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.REACTIVE)
@ConditionalOnClass({ WebFilter.class, Flux.class })
@ConditionalOnBean(LongLivedExchanges.class)
public final class WebFluxHandoffAutoConfiguration {

	@Bean
	EventStreamWebFilter handoffEventStreamWebFilter(LongLivedExchanges exchanges) {
		return new EventStreamWebFilter(exchanges);
	}

}
