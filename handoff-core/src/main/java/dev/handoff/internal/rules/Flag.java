package dev.handoff.internal.rules;

/**
 * What a process remembers besides its {@link Phase}.
 */
public enum Flag {

	/** Configured: a ready process waits for the operator's word. */
	MANUAL(1 << 0),

	/** The channel to the predecessor is open. */
	UP(1 << 1),

	/** The channel to the successor is open. */
	DOWN(1 << 2),

	/** The channel to a former successor, which was told a verdict, is open. */
	OLD(1 << 3),

	/** A dialler waits until this process is alone. */
	PARKED(1 << 4),

	/** The application is ready. */
	READY(1 << 5),

	/** READY(hold) was sent or received, and no READY after it. */
	HOLD(1 << 6),

	/** RELEASED was received. */
	RELEASED(1 << 7),

	/** RECLAIM was sent and not answered. */
	RECLAIM_PENDING(1 << 8),

	/** CONFIRMED was sent. */
	CONFIRMED(1 << 9),

	/** This process was told to terminate. */
	TERMINATING(1 << 10),

	/** The exit code tells of a failure. */
	FAILED(1 << 11);

	private final int bit;

	Flag(int bit) {
		this.bit = bit;
	}

	int bit() {
		return this.bit;
	}

}
