package dev.handoff.internal.rules;

import dev.handoff.HandoffState;

/**
 * A step of one process's part in handoffs. The rules of {@link SuccessorRules} hold from
 * {@link #DIALLING} to {@link #ALONE_STARTING}, those of {@link PredecessorRules} after
 * it.
 */
public enum Phase {

	/** Asks the predecessor for its listeners, or finds that there is none. */
	DIALLING(HandoffState.STARTING),

	/** Has the descriptors; the application starts; the gates are closed. */
	STARTING(HandoffState.STARTING),

	/** Ready, waits for the release; the gates are closed. */
	STANDBY(HandoffState.STANDBY),

	/** Serves; the predecessor still keeps its copies and may reclaim. */
	BOUND(HandoffState.SERVING),

	/** Read a verdict, takes the last look; the gates are closed. */
	EXPELLED(HandoffState.DRAINING),

	/** No predecessor (any more), the application starts. */
	ALONE_STARTING(HandoffState.STARTING),

	/** Serves alone; the table's IDLE and ALONE. */
	SERVING(HandoffState.SERVING),

	/** Offered, serves. */
	WAIT_ADOPTED(HandoffState.OFFERING),

	/** The successor starts, this process serves. */
	WAIT_READY(HandoffState.OFFERING),

	/** Released; the gates are closed, the descriptors kept. */
	WAIT_SERVING(HandoffState.OBSERVING),

	/** The successor serves; the gates are closed, the descriptors kept. */
	OBSERVING(HandoffState.OBSERVING),

	/** Read CONFIRMED, takes the last look. */
	CONFIRMING(HandoffState.OBSERVING),

	/** Gave the descriptors up for its successor, finishes its connections. */
	DRAINING(HandoffState.DRAINING),

	/** Gave the descriptors up for other reasons, finishes its connections. */
	LEAVING(HandoffState.DRAINING),

	/** Nothing left to do. */
	TERMINATED(HandoffState.TERMINATED);

	private final HandoffState state;

	Phase(HandoffState state) {
		this.state = state;
	}

	public HandoffState state() {
		return this.state;
	}

}
