package dev.handoff.boot;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.SpringApplication;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.core.Ordered;

/**
 * Ends the handoff, or the context's part in it, before the context, and the process
 * after the handoff.
 * <p>
 * When the context closes, by SIGTERM for instance, the connections in hand are finished
 * first, while every bean still works: Spring's executors stop taking work as soon as
 * they see {@link ContextClosedEvent}, so this listener comes before them and blocks.
 * When the handoff is over by itself, the context is closed and the process exits.
 */
public final class HandoffShutdown
		implements ApplicationListener<ContextClosedEvent>, HandoffObserver, DisposableBean, Ordered {

	private static final Logger logger = LoggerFactory.getLogger(HandoffShutdown.class);

	private final HandoffContext part;

	private final Handoff handoff;

	private final ApplicationContext context;

	private final AfterDrain afterDrain;

	private final IntConsumer exit;

	// Set by whoever comes first: the context that closes or the handoff that is over.
	private final AtomicBoolean ending = new AtomicBoolean();

	private HandoffShutdown(HandoffContext part, ApplicationContext context, AfterDrain afterDrain, IntConsumer exit) {
		this.part = part;
		this.handoff = part.handoff();
		this.context = context;
		this.afterDrain = afterDrain;
		this.exit = exit;
	}

	/**
	 * Ties a handoff to a context.
	 * @param part the context's part in the handoff
	 * @param context the context that uses it
	 * @param afterDrain what to do when the handoff is over
	 * @return the shutdown, a bean of that context
	 */
	public static HandoffShutdown of(HandoffContext part, ApplicationContext context, AfterDrain afterDrain) {
		return of(part, context, afterDrain, System::exit);
	}

	static HandoffShutdown of(HandoffContext part, ApplicationContext context, AfterDrain afterDrain,
			IntConsumer exit) {
		HandoffShutdown shutdown = new HandoffShutdown(part, context, afterDrain, exit);
		Handoff handoff = part.handoff();
		handoff.addObserver(shutdown);
		if (handoff.state() == HandoffState.TERMINATED) {
			shutdown.terminated();
		}
		return shutdown;
	}

	@Override
	public void onApplicationEvent(ContextClosedEvent event) {
		if (event.getApplicationContext() == this.context) {
			close();
		}
	}

	/**
	 * Ends the handoff of a context that could not be started, which publishes no event.
	 */
	@Override
	public void destroy() {
		close();
	}

	private void close() {
		this.ending.set(true);
		this.part.close();
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	@Override
	public void stateChanged(StateChange change) {
		if (change.to() == HandoffState.TERMINATED) {
			terminated();
		}
	}

	private void terminated() {
		if (!this.ending.compareAndSet(false, true)) {
			return;
		}
		if (this.afterDrain == AfterDrain.STAY && this.handoff.exitCode() == 0) {
			logger.info("Retired; this process stays until it is told to terminate (handoff.after-drain=stay)");
			return;
		}
		// Not on the observer's thread, which the closing context ends.
		Thread thread = new Thread(this::exit, "handoff-exit");
		// As the observer's thread is one: the JVM would end, with exit code 0, when the
		// last thread of the server does.
		thread.setDaemon(false);
		thread.start();
	}

	private void exit() {
		int exitCode = this.handoff.exitCode();
		try {
			exitCode = SpringApplication.exit(this.context, this.handoff::exitCode);
		}
		finally {
			this.exit.accept(exitCode);
		}
	}

}
