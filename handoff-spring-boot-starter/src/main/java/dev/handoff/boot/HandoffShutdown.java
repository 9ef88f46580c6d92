package dev.handoff.boot;

import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;

/**
 * Ends the handoff before the context, and the process after the handoff.
 * <p>
 * When the context closes, by SIGTERM for instance, the connections in hand are finished
 * first, while every bean still works: Spring's executors stop taking work as soon as
 * they see {@link ContextClosedEvent}, so this listener comes before them and blocks.
 * When the handoff is over by itself, the context is closed and the process exits.
 */
public final class HandoffShutdown implements ApplicationListener<ContextClosedEvent>, HandoffObserver, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(HandoffShutdown.class);

	private final Handoff handoff;

	private final ApplicationContext context;

	private final AfterDrain afterDrain;

	private final AtomicBoolean closing = new AtomicBoolean();

	/**
	 * Creates a shutdown.
	 * @param handoff the handoff
	 * @param context the context that uses it
	 * @param afterDrain what to do when the handoff is over
	 */
	public HandoffShutdown(Handoff handoff, ApplicationContext context, AfterDrain afterDrain) {
		this.handoff = handoff;
		this.context = context;
		this.afterDrain = afterDrain;
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			this.closing.set(true);
			this.handoff.close();
		}
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public void stateChanged(StateChange change) {
		if (change.to() != HandoffState.TERMINATED || this.closing.get()) {
			return;
		}
		if (this.afterDrain == AfterDrain.STAY) {
			logger.info("Retired; this process stays until it is told to terminate (handoff.after-drain=stay)");
			return;
		}
		// Not on the observer's thread, which the closing context ends.
		new Thread(this::exit, "handoff-exit").start();
	}

	private void exit() {
		System.exit(SpringApplication.exit(this.context, this.handoff::exitCode));
	}

}
