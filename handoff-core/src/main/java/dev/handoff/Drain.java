package dev.handoff;

import java.util.Map;

/**
 * Finishes the connections that one server of this process has in hand. Registered with
 * {@link Handoff#register(Drain)} by whoever accepts the connections.
 * <p>
 * All methods are called on one thread of the handoff, so they must not block;
 * connections come and go meanwhile on the server's own threads. What a method throws is
 * logged, and counts as nothing remaining where a number was asked for.
 */
@FunctionalInterface
public interface Drain {

	/**
	 * Returns how many connections are in hand now.
	 * @return the number of connections, 0 when there is nothing left to finish
	 */
	int remaining();

	/**
	 * Asks peers to leave without breaking anything, for instance by answering the next
	 * request with {@code Connection: close}. The process has stopped accepting.
	 */
	default void start() {
	}

	/**
	 * Undoes {@link #start()}: the process accepts again.
	 */
	default void cancel() {
	}

	/**
	 * Closes the connections on which nothing is going on, because the time is nearly up:
	 * those on which a request arrives meanwhile can still be answered. Called at most
	 * once, before {@link #force()}.
	 */
	default void closeIdle() {
	}

	/**
	 * Closes what is left, because the time is up. Called at most once, last.
	 * @return how many connections were closed, by what was going on on them in a few
	 * words of the server's, such as "request" or "idle"
	 */
	default Map<String, Integer> force() {
		return Map.of();
	}

}
