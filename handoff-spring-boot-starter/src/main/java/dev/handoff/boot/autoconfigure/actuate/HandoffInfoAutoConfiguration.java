package dev.handoff.boot.autoconfigure.actuate;

import dev.handoff.Handoff;
import dev.handoff.boot.actuate.HandoffInfoContributor;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;

import org.springframework.boot.actuate.autoconfigure.info.ConditionalOnEnabledInfoContributor;
import org.springframework.boot.actuate.info.InfoContributor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the handoff's contribution to the info endpoint.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ InfoContributor.class, ConditionalOnEnabledInfoContributor.class })
@ConditionalOnBean(Handoff.class)
@ConditionalOnEnabledInfoContributor("handoff")
public final class HandoffInfoAutoConfiguration {

	@Bean
	HandoffInfoContributor handoffInfoContributor(Handoff handoff) {
		return new HandoffInfoContributor(handoff);
	}

}
