package dev.handoff.boot.autoconfigure.metrics;

import dev.handoff.Handoff;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.metrics.HandoffMetrics;
import io.micrometer.core.instrument.binder.MeterBinder;

import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the handoff's meters.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass(MeterBinder.class)
@ConditionalOnBean(Handoff.class)
public final class HandoffMetricsAutoConfiguration {

	@Bean
	HandoffMetrics handoffMetrics(Handoff handoff) {
		HandoffMetrics metrics = new HandoffMetrics(handoff::status, handoff::listeners);
		handoff.addObserver(metrics);
		return metrics;
	}

}
