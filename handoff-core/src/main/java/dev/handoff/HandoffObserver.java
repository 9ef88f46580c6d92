package dev.handoff;

/**
 * Told of each change of a process's {@link HandoffState}, and of its handoffs.
 * <p>
 * Calls come one at a time and in order on the thread {@code handoff-observer}, never on
 * the thread that runs the handoff: an observer that blocks delays other observers only.
 * What it throws is logged and ignored.
 */
@FunctionalInterface
public interface HandoffObserver {

	/**
	 * Called after the state has changed.
	 * @param change what changed
	 */
	void stateChanged(StateChange change);

	/**
	 * Called when the outcome of a handoff is decided; a drain may still run then, and
	 * neither its duration nor what was closed by force is known.
	 * @param report the report as far as it is known
	 */
	default void handoffDecided(HandoffReport report) {
	}

	/**
	 * Called when a handoff is over for this process and its report complete, drain
	 * included; in a process that terminates with it before {@link #stateChanged}.
	 * @param report the report
	 */
	default void handoffReported(HandoffReport report) {
	}

	/**
	 * A change of state.
	 *
	 * @param from the state that was left
	 * @param to the state that was entered
	 * @param generation how many handoffs lie between the first bind and this process
	 * @param reason why, for a log line
	 */
	record StateChange(HandoffState from, HandoffState to, int generation, String reason) {
	}

}
