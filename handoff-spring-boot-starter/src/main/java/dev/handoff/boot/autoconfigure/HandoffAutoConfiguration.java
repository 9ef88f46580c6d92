package dev.handoff.boot.autoconfigure;

import java.util.Objects;

import dev.handoff.BackgroundWork;
import dev.handoff.Handoff;
import dev.handoff.boot.HandoffContext;
import dev.handoff.boot.HandoffEvents;
import dev.handoff.boot.HandoffShutdown;
import dev.handoff.boot.LongLivedExchange;
import dev.handoff.boot.LongLivedExchangeDrain;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.ServerHandoff;
import dev.handoff.boot.launch.SuccessorLauncher;
import dev.handoff.boot.launch.SuccessorSignal;
import dev.handoff.boot.scheduling.ServingScheduling;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.LazyInitializationExcludeFilter;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnNotWarDeployment;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * Auto-configuration of the process's {@link Handoff}. What a property turns on or off is
 * decided by the bean, not by a condition: an application that was processed ahead of
 * time has the conditions of its build.
 */
@AutoConfiguration(
		afterName = { "org.springframework.boot.tomcat.autoconfigure.servlet.TomcatServletWebServerAutoConfiguration",
				"org.springframework.boot.tomcat.autoconfigure.reactive.TomcatReactiveWebServerAutoConfiguration",
				"org.springframework.boot.jetty.autoconfigure.servlet.JettyServletWebServerAutoConfiguration",
				"org.springframework.boot.jetty.autoconfigure.reactive.JettyReactiveWebServerAutoConfiguration",
				"org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration",
				"org.springframework.boot.grpc.server.autoconfigure.GrpcServerAutoConfiguration",
				// The server's configuration looks for a bean of this one and does not
				// say so.
				"org.springframework.boot.rsocket.autoconfigure.RSocketMessagingAutoConfiguration",
				"org.springframework.boot.rsocket.autoconfigure.RSocketServerAutoConfiguration" })
@ConditionalOnNotWarDeployment
@Conditional(OnHandoffCondition.class)
@EnableConfigurationProperties(HandoffProperties.class)
public final class HandoffAutoConfiguration {

	@Bean
	HandoffContext handoffContext(HandoffProperties properties, ApplicationContext context) {
		int contexts = properties.toContexts();
		try {
			return HandoffContext.join(contexts, () -> start(properties, context));
		}
		catch (HandoffContext.TooManyContextsException ex) {
			throw new InvalidConfigurationPropertyValueException("handoff.contexts", contexts, ex.getMessage()
					+ ", so the ports of this one would be closed at a handoff. Set it to the number of those that have servers, or turn handoffs off where ports may be closed: handoff.enabled=false.",
					ex);
		}
	}

	private static Handoff start(HandoffProperties properties, ApplicationContext context) {
		Environment environment = context.getEnvironment();
		MainPort port = Objects.requireNonNull(MainPort.of(context, environment));
		String version = ProgramVersion.of(environment.getProperty("spring.application.version", ""),
				applicationClass(context));
		return Handoff.start(properties.toOptions(applicationName(context), version, port));
	}

	// The context's part is closed, and not the handoff: this names a method that does
	// nothing, because processing ahead of time forgets that there is none. Whatever uses
	// the handoff comes after the shutdown, which ends a process that hangs while it
	// starts.
	@Bean(destroyMethod = "state")
	Handoff handoff(HandoffContext context, HandoffShutdown shutdown) {
		return context.handoff();
	}

	// A name that two runs of one application share and two applications do not: with a
	// common one, the second application to start would take the first one's place.
	private static String applicationName(ApplicationContext context) {
		Environment environment = context.getEnvironment();
		String name = environment.getProperty("spring.application.name", "");
		if (!name.isBlank()) {
			return name;
		}
		Class<?> application = applicationClass(context);
		if (application != null) {
			return application.getName();
		}
		throw new InvalidConfigurationPropertyValueException("spring.application.name", name,
				"A handoff needs the application's name, because it happens only between two runs of the same application. Set the property, or annotate the main class with @SpringBootApplication, then that class's name is used.");
	}

	private static @Nullable Class<?> applicationClass(ApplicationContext context) {
		for (String bean : context.getBeanNamesForAnnotation(SpringBootConfiguration.class)) {
			Class<?> type = context.getType(bean);
			if (type != null) {
				return ClassUtils.getUserClass(type);
			}
		}
		return null;
	}

	@Bean
	LongLivedExchanges handoffLongLivedExchanges(Handoff handoff, HandoffProperties properties,
			ObjectProvider<LongLivedExchangeDrain> drain) {
		LongLivedExchanges exchanges = new LongLivedExchanges(properties.toReconnectSpread(),
				properties.getDrainTimeout(), drain.getIfAvailable(() -> LongLivedExchange::end));
		handoff.register(exchanges);
		return exchanges;
	}

	@Bean
	ServerHandoff serverHandoff(HandoffContext context, LongLivedExchanges exchanges) {
		return context.server(ServerHandoff.SERVER, exchanges);
	}

	@Bean
	HandoffShutdown handoffShutdown(HandoffContext part, ApplicationContext context, HandoffProperties properties) {
		return HandoffShutdown.of(part, context, properties.toAfterDrain(), properties.toCloseTimeout(),
				properties.getDrainTimeout());
	}

	@Bean
	SuccessorLauncher handoffSuccessorLauncher(Handoff handoff, HandoffProperties properties) {
		return SuccessorLauncher.of(handoff, properties.getSuccessor().getCommand(),
				properties.getSuccessor().getOutput(), properties.toLaunchChecks());
	}

	@Bean
	SuccessorSignal handoffSuccessorSignal(Handoff handoff, HandoffProperties properties) {
		SuccessorSignal.Kind kind = properties.getSuccessor().getSignal();
		if (kind == null) {
			return SuccessorSignal.none();
		}
		try {
			return SuccessorSignal.of(handoff, kind, System.getenv());
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException("handoff.successor.signal", kind, ex.getMessage());
		}
	}

	@Bean
	HandoffEvents handoffEvents(Handoff handoff, ApplicationContext context, HandoffProperties properties) {
		return HandoffEvents.of(handoff, context, properties.isReadyOnlyWhileServing());
	}

	@Bean
	SmartInitializingSingleton handoffBackgroundWork(Handoff handoff, ObjectProvider<BackgroundWork> works) {
		return () -> works.orderedStream().forEach(handoff::register);
	}

	@Bean
	SmartInitializingSingleton handoffHealthRequirement(ListableBeanFactory beans, HandoffProperties properties) {
		return () -> {
			if (properties.isReclaimWhenDown() && !beans.containsBean("handoffHealthReclaim")) {
				throw new InvalidConfigurationPropertyValueException("handoff.reclaim-when-down", true,
						"There is no health endpoint to ask. Add spring-boot-starter-actuator, and let management.endpoints.web.exposure.include name health, as it does by default.");
			}
		};
	}

	@Bean
	ServingScheduling handoffServingScheduling(Handoff handoff, HandoffProperties properties) {
		return new ServingScheduling(handoff, properties.isScheduleOnlyWhileServing());
	}

	@Bean
	static LazyInitializationExcludeFilter handoffLazyInitializationExcludeFilter() {
		return LazyInitializationExcludeFilter.forBeanTypes(HandoffContext.class, Handoff.class, HandoffShutdown.class,
				HandoffEvents.class, BackgroundWork.class, ServingScheduling.class, SuccessorLauncher.class,
				SuccessorSignal.class);
	}

}
