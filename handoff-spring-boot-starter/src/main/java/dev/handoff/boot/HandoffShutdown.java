package dev.handoff.boot;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;

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
 * When the handoff is over by itself, the context is closed, and the process exits or
 * keeps quiet. A context that does not close, because a bean's destroy method does not
 * return, has a deadline.
 */
public final class HandoffShutdown
		implements ApplicationListener<ContextClosedEvent>, HandoffObserver, DisposableBean, Ordered {

	/**
	 * The exit code of a process whose context could not be closed in time: an internal
	 * error of the software (EX_SOFTWARE of sysexits.h).
	 */
	static final int NOT_CLOSED = 70;

	private static final Logger logger = LoggerFactory.getLogger(HandoffShutdown.class);

	private final HandoffContext part;

	private final Handoff handoff;

	private final ApplicationContext context;

	private final AfterDrain afterDrain;

	private final Duration closeTimeout;

	private final Duration drainTimeout;

	private final Exit exit;

	// Set by whoever comes first: the context that closes or the handoff that is over.
	private final AtomicBoolean ending = new AtomicBoolean();

	private final AtomicBoolean closed = new AtomicBoolean();

	private HandoffShutdown(HandoffContext part, ApplicationContext context, AfterDrain afterDrain,
			Duration closeTimeout, Duration drainTimeout, Exit exit) {
		this.part = part;
		this.handoff = part.handoff();
		this.context = context;
		this.afterDrain = afterDrain;
		this.closeTimeout = closeTimeout;
		this.drainTimeout = drainTimeout;
		this.exit = exit;
	}

	/**
	 * Ties a handoff to a context.
	 * @param part the context's part in the handoff
	 * @param context the context that uses it
	 * @param afterDrain what to do when the handoff is over
	 * @param closeTimeout how long the context may take to close
	 * @param drainTimeout how long the connections of one process may take to finish
	 * @return the shutdown, a bean of that context
	 */
	public static HandoffShutdown of(HandoffContext part, ApplicationContext context, AfterDrain afterDrain,
			Duration closeTimeout, Duration drainTimeout) {
		return of(part, context, afterDrain, closeTimeout, drainTimeout, new JvmExit());
	}

	static HandoffShutdown of(HandoffContext part, ApplicationContext context, AfterDrain afterDrain,
			Duration closeTimeout, Duration drainTimeout, Exit exit) {
		HandoffShutdown shutdown = new HandoffShutdown(part, context, afterDrain, closeTimeout, drainTimeout, exit);
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
	 * The context waits for this listener even if its multicaster has an executor.
	 */
	@Override
	public boolean supportsAsyncExecution() {
		return false;
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
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		if (!HandoffContext.isProcessEnding()) {
			this.part.close();
			return;
		}
		Thread others = new Thread(this::terminateLaunched, "handoff-terminate");
		others.start();
		this.part.close();
		try {
			// They have a drain of their own.
			others.join();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		startDeadline();
	}

	/**
	 * Ends the versions that were started from here, if nobody else tells them: a
	 * supervisor tells the process that it watches, whoever serves.
	 */
	private void terminateLaunched() {
		if (this.afterDrain == AfterDrain.STAY) {
			this.handoff.terminateLaunched(this.drainTimeout.plus(this.closeTimeout));
		}
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
		boolean stays = this.afterDrain == AfterDrain.STAY && this.handoff.exitCode() == 0;
		// Not on the observer's thread, which the closing context ends.
		Thread thread = new Thread(stays ? this::retire : this::exit, "handoff-exit");
		// As the observer's thread is one: the JVM would end, with exit code 0, when the
		// last thread of the server does.
		thread.setDaemon(false);
		thread.start();
	}

	/**
	 * Closes the context, so that nothing of this version works any more, and keeps the
	 * process.
	 */
	private void retire() {
		if (!this.exit.beforeTermination(this::terminateRetired)) {
			return;
		}
		this.part.keep();
		logger.info("Retired; this process stays until it is told to terminate (handoff.after-drain=stay)");
		try {
			SpringApplication.exit(this.context);
		}
		finally {
			this.exit.stay();
		}
	}

	private void terminateRetired() {
		terminateLaunched();
		this.part.closeKept();
	}

	private void exit() {
		int exitCode = this.handoff.exitCode();
		startDeadline();
		try {
			exitCode = SpringApplication.exit(this.context, this.handoff::exitCode);
		}
		finally {
			this.exit.exit(exitCode);
		}
	}

	/**
	 * Ends the process in time, whatever keeps it.
	 */
	private void startDeadline() {
		Thread thread = new Thread(() -> {
			try {
				Thread.sleep(this.closeTimeout.toMillis());
			}
			catch (InterruptedException ex) {
				return;
			}
			Thread.getAllStackTraces()
				.forEach((running, frames) -> logger.error("Thread '{}' is at{}", running.getName(),
						Arrays.stream(frames).map((frame) -> "\n\tat " + frame).collect(Collectors.joining())));
			logger.error(
					"The application context has not closed within {} (handoff.close-timeout): this process ends now, with exit code {}. The threads above tell what it waits for",
					this.closeTimeout, NOT_CLOSED);
			this.exit.halt(NOT_CLOSED);
		}, "handoff-close-deadline");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * How the process ends, which a test must not.
	 */
	interface Exit {

		/**
		 * Runs the shutdown hooks and ends the process.
		 */
		void exit(int code);

		/**
		 * Ends the process at once.
		 */
		void halt(int code);

		/**
		 * Runs something when the process is told to terminate.
		 * @return {@code false} if it was told already
		 */
		boolean beforeTermination(Runnable last);

		/**
		 * Keeps the process until it is told to terminate.
		 */
		void stay();

	}

	private static final class JvmExit implements Exit {

		@Override
		public void exit(int code) {
			System.exit(code);
		}

		@Override
		public void halt(int code) {
			Runtime.getRuntime().halt(code);
		}

		@Override
		public boolean beforeTermination(Runnable last) {
			try {
				// Not a hook of its own: the logging system would end before it.
				SpringApplication.getShutdownHandlers().add(last);
				return true;
			}
			catch (IllegalStateException ex) {
				return false;
			}
		}

		@Override
		public void stay() {
			// Gives what it can of the heap back to the system.
			System.gc();
			try {
				Thread.currentThread().join();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
