package dev.handoff.boot;

import java.time.Duration;

import dev.handoff.Handoff;
import dev.handoff.boot.launch.SuccessorSignal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.bootstrap.ConfigurableBootstrapContext;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Prepares for the handoff while the application starts, and tells it that the
 * application is ready, after all listeners of {@link ApplicationReadyEvent}, whatever
 * their order: what this process accepts before it is ready would be lost if its start
 * failed.
 */
final class HandoffRunListener implements SpringApplicationRunListener, Ordered {

	private final SpringApplication application;

	private final String[] arguments;

	private @Nullable FileWriters files;

	HandoffRunListener(SpringApplication application, String[] arguments) {
		this.application = application;
		this.arguments = arguments;
	}

	@Override
	public void environmentPrepared(ConfigurableBootstrapContext bootstrapContext,
			ConfigurableEnvironment environment) {
		if ("false".equals(environment.getProperty("handoff.enabled"))) {
			return;
		}
		this.files = FileWriters.hold(this.application, this.arguments);
		if (Handoff.current().isEmpty()) {
			ignoreSignal(environment);
			// While the context is built.
			Handoff.preload();
		}
	}

	private static void ignoreSignal(ConfigurableEnvironment environment) {
		try {
			Binder.get(environment)
				.bind("handoff.successor.signal", SuccessorSignal.Kind.class)
				.ifBound((kind) -> SuccessorSignal.ignore(kind, System.getenv()));
		}
		catch (BindException ex) {
			// Reported when all properties are bound.
		}
	}

	@Override
	public void started(ConfigurableApplicationContext context, @Nullable Duration timeTaken) {
		if (this.files != null) {
			this.files.started(context);
		}
	}

	@Override
	public void ready(ConfigurableApplicationContext context, @Nullable Duration timeTaken) {
		// Of this context only: a parent's handoff is ready when the parent is.
		for (String name : context.getBeanNamesForType(HandoffContext.class, false, false)) {
			context.getBean(name, HandoffContext.class).ready();
		}
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
