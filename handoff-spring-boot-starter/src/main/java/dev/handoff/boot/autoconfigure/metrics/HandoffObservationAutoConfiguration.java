package dev.handoff.boot.autoconfigure.metrics;

import dev.handoff.Handoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.metrics.HandoffObservationConvention;
import dev.handoff.boot.metrics.HandoffObservations;
import io.micrometer.observation.ObservationRegistry;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the handoffs' observations.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class,
		afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({ Handoff.class, ObservationRegistry.class })
public final class HandoffObservationAutoConfiguration {

	@Bean
	HandoffObservations handoffObservations(Handoff handoff, ObservationRegistry registry,
			ObjectProvider<HandoffObservationConvention> convention) {
		HandoffObservations observations = new HandoffObservations(registry,
				convention.getIfAvailable(HandoffObservationConvention::new));
		if (handoff.status().currentHandoff() != null) {
			observations.startAsSuccessor();
		}
		handoff.addObserver(observations);
		return observations;
	}

	@Bean
	static LazyInitializationExcludeFilter handoffObservationLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(HandoffObservations.class);
	}

}
