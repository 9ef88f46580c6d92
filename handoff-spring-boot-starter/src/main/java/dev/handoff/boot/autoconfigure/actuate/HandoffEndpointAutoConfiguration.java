package dev.handoff.boot.autoconfigure.actuate;

import dev.handoff.Handoff;
import dev.handoff.boot.actuate.HandoffEndpoint;
import dev.handoff.boot.autoconfigure.HandoffAutoConfiguration;
import dev.handoff.boot.launch.SuccessorLauncher;

import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of the handoff's endpoint.
 */
@AutoConfiguration(after = HandoffAutoConfiguration.class)
@ConditionalOnClass({ WebEndpoint.class, ConditionalOnAvailableEndpoint.class })
@ConditionalOnBean(Handoff.class)
@ConditionalOnAvailableEndpoint(HandoffEndpoint.class)
@EnableConfigurationProperties(HandoffEndpointProperties.class)
public final class HandoffEndpointAutoConfiguration {

	@Bean
	HandoffEndpoint handoffEndpoint(Handoff handoff, SuccessorLauncher launcher, HandoffEndpointProperties properties) {
		return new HandoffEndpoint(handoff, launcher, properties.getShowValues(), properties.getRoles());
	}

}
