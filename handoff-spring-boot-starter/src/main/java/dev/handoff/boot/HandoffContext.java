package dev.handoff.boot;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import dev.handoff.Handoff;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An application context whose servers are handed over, among those of this process,
 * which share one {@link Handoff}: the process is ready when the last of them is. Safe
 * for use by several threads.
 */
public final class HandoffContext implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(HandoffContext.class);

	private static @Nullable Shared current;

	private final Shared shared;

	private final int number;

	private volatile boolean kept;

	private HandoffContext(Shared shared, int number) {
		this.shared = shared;
		this.number = number;
	}

	/**
	 * Adds an application context to those of this process.
	 * @param expected how many there will be
	 * @param start starts the handoff, for the first one
	 * @return the context
	 * @throws TooManyContextsException if there are as many already
	 */
	public static synchronized HandoffContext join(int expected, Supplier<Handoff> start) {
		Shared shared = current;
		if (shared == null || !Handoff.current().equals(Optional.of(shared.handoff))) {
			shared = new Shared(start.get(), expected);
			current = shared;
		}
		return new HandoffContext(shared, shared.add());
	}

	/**
	 * {@return the handoff of the process}
	 */
	public Handoff handoff() {
		return this.shared.handoff;
	}

	/**
	 * Returns the handoff as a server of this context sees it.
	 * @param name the server's name, which the servers of further contexts have with a
	 * number
	 * @param exchanges the context's event streams and the like
	 * @return the server's handoff
	 */
	public ServerHandoff server(String name, LongLivedExchanges exchanges) {
		return new ServerHandoff(this.shared.handoff, exchanges,
				(this.number == 1) ? name : "%s-%d".formatted(name, this.number),
				name.equals(ServerHandoff.MANAGEMENT));
	}

	/**
	 * Says that this context is ready, and the process if it is the last one.
	 */
	void ready() {
		int missing = this.shared.ready(this.number);
		if (missing == 0) {
			this.shared.handoff.ready();
		}
		else {
			logger.warn(
					"This application context is ready, and nothing is accepted until {} more of this process are (handoff.contexts)",
					missing);
		}
	}

	/**
	 * Ends this context's part. The handoff ends with the last context, and with the
	 * process: its drains have to be over before the first context closes. Closing twice
	 * has no effect.
	 */
	@Override
	public void close() {
		if (this.kept) {
			return;
		}
		if (this.shared.leave(this.number) || isProcessEnding()) {
			this.shared.handoff.close();
		}
	}

	/**
	 * Lets the part outlive the application context, so that the status of a process that
	 * stays is told.
	 */
	void keep() {
		this.kept = true;
	}

	/**
	 * Ends a part that was kept.
	 */
	void closeKept() {
		this.kept = false;
		close();
	}

	/**
	 * Returns whether the JVM's shutdown hooks run.
	 */
	static boolean isProcessEnding() {
		Thread hook = new Thread(() -> {
		});
		try {
			Runtime.getRuntime().addShutdownHook(hook);
			Runtime.getRuntime().removeShutdownHook(hook);
			return false;
		}
		catch (IllegalStateException ex) {
			return true;
		}
	}

	/**
	 * There are more application contexts than configured.
	 */
	public static final class TooManyContextsException extends IllegalStateException {

		TooManyContextsException(int expected) {
			super("%d application context%s of this process take%s part already".formatted(expected,
					(expected == 1) ? "" : "s", (expected == 1) ? "s" : ""));
		}

	}

	/**
	 * What the contexts share.
	 */
	private static final class Shared {

		private final Handoff handoff;

		private final int expected;

		private final Set<Integer> joined = new HashSet<>();

		private final Set<Integer> ready = new HashSet<>();

		Shared(Handoff handoff, int expected) {
			this.handoff = handoff;
			this.expected = expected;
		}

		synchronized int add() {
			if (this.joined.size() == this.expected) {
				throw new TooManyContextsException(this.expected);
			}
			int number = 1;
			while (!this.joined.add(number)) {
				number++;
			}
			return number;
		}

		/**
		 * Counts one more.
		 * @return how many are missing
		 */
		synchronized int ready(int number) {
			this.ready.add(number);
			return this.expected - this.ready.size();
		}

		/**
		 * Takes one out.
		 * @return whether it was the last one
		 */
		synchronized boolean leave(int number) {
			this.ready.remove(number);
			return this.joined.remove(number) && this.joined.isEmpty();
		}

	}

}
