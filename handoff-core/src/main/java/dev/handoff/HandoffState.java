package dev.handoff;

/**
 * What a process is doing, as an operator sees it. Immutable; the codes are stable across
 * releases and are what metrics report.
 */
public enum HandoffState {

	/**
	 * The application starts; the accept gates of inherited listeners are closed.
	 */
	STARTING(1),

	/**
	 * Ready and waiting for the predecessor to release; the accept gates are closed.
	 */
	STANDBY(2),

	/**
	 * The accept gates are open.
	 */
	SERVING(3),

	/**
	 * Serving, while a successor starts.
	 */
	OFFERING(4),

	/**
	 * Released: the accept gates are closed, the listeners are kept so that the process
	 * can accept again, connections drain reversibly.
	 */
	OBSERVING(5),

	/**
	 * The listeners are given up for good; connections in hand are finished.
	 */
	DRAINING(6),

	/**
	 * Nothing is left to do; the process may exit.
	 */
	TERMINATED(7);

	private final int code;

	HandoffState(int code) {
		this.code = code;
	}

	/**
	 * {@return the stable numeric code of this state}
	 */
	public int code() {
		return this.code;
	}

	/**
	 * Returns whether a process in this state has its accept gates open.
	 * @return {@code true} for {@link #SERVING} and {@link #OFFERING}
	 */
	public boolean isServing() {
		return this == SERVING || this == OFFERING;
	}

}
