package dev.handoff.boot;

import java.time.Duration;

import dev.handoff.Handoff;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplicationRunListener;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.Ordered;

/**
 * Tells the handoff that the application is ready, after all listeners of
 * {@link ApplicationReadyEvent}, whatever their order: what this process accepts before
 * it is ready would be lost if its start failed.
 */
final class HandoffReadyListener implements SpringApplicationRunListener, Ordered {

	@Override
	public void ready(ConfigurableApplicationContext context, @Nullable Duration timeTaken) {
		// Of this context only: a parent's handoff is ready when the parent is.
		for (String name : context.getBeanNamesForType(Handoff.class, false, false)) {
			context.getBean(name, Handoff.class).ready();
		}
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
