package dev.handoff.boot.autoconfigure.actuate;

import dev.handoff.Handoff;
import dev.handoff.boot.actuate.HealthReclaim;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;

import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.actuate.endpoint.HealthEndpoint;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the reclaim of a successor whose health turns DOWN.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class,
		afterName = "org.springframework.boot.health.autoconfigure.actuate.endpoint.HealthEndpointAutoConfiguration")
@ConditionalOnClass(HealthEndpoint.class)
@ConditionalOnBean({ Handoff.class, HealthEndpoint.class })
@ConditionalOnBooleanProperty("handoff.reclaim-when-down")
public final class HandoffHealthReclaimAutoConfiguration {

	@Bean
	HealthReclaim handoffHealthReclaim(Handoff handoff, HealthEndpoint endpoint) {
		HealthReclaim reclaim = new HealthReclaim(handoff, endpoint::health);
		handoff.addObserver(reclaim);
		return reclaim;
	}

	@Bean
	static LazyInitializationExcludeFilter handoffHealthReclaimLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(HealthReclaim.class);
	}

}
