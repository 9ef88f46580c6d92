package dev.handoff.boot.autoconfigure;

import dev.handoff.Handoff;
import dev.handoff.boot.HandoffReadyListener;
import dev.handoff.boot.HandoffShutdown;

import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.WebServer;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/**
 * Auto-configuration of the process's {@link Handoff}.
 */
@AutoConfiguration
@ConditionalOnClass(WebServer.class)
@ConditionalOnWebApplication
@Conditional(OnHandoffCondition.class)
@EnableConfigurationProperties(HandoffProperties.class)
public final class HandoffAutoConfiguration {

	@Bean
	@Lazy(false)
	Handoff handoff(HandoffProperties properties, ApplicationContext context) {
		Environment environment = context.getEnvironment();
		return Handoff.start(properties.toOptions(applicationName(context),
				environment.getProperty("spring.application.version", "")));
	}

	// A name that two runs of one application share and two applications do not.
	private static String applicationName(ApplicationContext context) {
		String name = context.getEnvironment().getProperty("spring.application.name", "");
		if (!name.isBlank()) {
			return name;
		}
		for (String bean : context.getBeanNamesForAnnotation(SpringBootConfiguration.class)) {
			Class<?> type = context.getType(bean);
			if (type != null) {
				return org.springframework.util.ClassUtils.getUserClass(type).getName();
			}
		}
		return "application";
	}

	@Bean
	@Lazy(false)
	HandoffReadyListener handoffReadyListener(Handoff handoff, ApplicationContext context) {
		return new HandoffReadyListener(handoff, context);
	}

	@Bean
	@Lazy(false)
	HandoffShutdown handoffShutdown(Handoff handoff, ApplicationContext context, HandoffProperties properties) {
		HandoffShutdown shutdown = new HandoffShutdown(handoff, context, properties.getAfterDrain());
		handoff.addObserver(shutdown);
		return shutdown;
	}

}
