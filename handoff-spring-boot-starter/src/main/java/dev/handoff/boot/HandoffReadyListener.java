package dev.handoff.boot;

import dev.handoff.Handoff;

import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.core.Ordered;

/**
 * Tells the handoff that the application is ready, after all other listeners of that
 * event: what this process accepts before it is ready would be lost if its start failed.
 */
public final class HandoffReadyListener implements ApplicationListener<ApplicationReadyEvent>, Ordered {

	private final Handoff handoff;

	private final ApplicationContext context;

	/**
	 * Creates a listener.
	 * @param handoff the handoff
	 * @param context the context whose readiness counts
	 */
	public HandoffReadyListener(Handoff handoff, ApplicationContext context) {
		this.handoff = handoff;
		this.context = context;
	}

	@Override
	public void onApplicationEvent(ApplicationReadyEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.handoff.ready();
		}
	}

	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
