package dev.handoff.boot.autoconfigure.actuate;

import dev.handoff.Handoff;
import dev.handoff.boot.actuate.HandoffHealthIndicator;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.autoconfigure.HandoffProperties;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the handoff's health.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class })
@ConditionalOnBean(Handoff.class)
@ConditionalOnEnabledHealthIndicator("handoff")
public final class HandoffHealthAutoConfiguration {

	@Bean
	HandoffHealthIndicator handoffHealthIndicator(Handoff handoff, HandoffProperties properties) {
		return new HandoffHealthIndicator(handoff, properties.isReadyOnlyWhileServing());
	}

}
