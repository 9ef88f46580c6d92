package dev.handoff.boot.autoconfigure.actuate;

import dev.handoff.Handoff;
import dev.handoff.boot.actuate.HealthReclaim;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.autoconfigure.HandoffProperties;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
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
public final class HandoffHealthReclaimAutoConfiguration {

	@Bean
	HealthReclaim handoffHealthReclaim(Handoff handoff, ObjectProvider<HealthEndpoint> endpoint,
			HandoffProperties properties) {
		HealthReclaim reclaim = new HealthReclaim(handoff, () -> endpoint.getObject().health());
		if (properties.isReclaimWhenDown()) {
			handoff.addObserver(reclaim);
		}
		return reclaim;
	}

	@Bean
	static LazyInitializationExcludeFilter handoffHealthReclaimLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(HealthReclaim.class);
	}

}
