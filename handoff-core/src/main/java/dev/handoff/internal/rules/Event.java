package dev.handoff.internal.rules;

/**
 * What happens to a process: a message, the end of a channel, a timer, a command.
 */
public enum Event {

	// The dial's outcomes
	/** All descriptors of an offer arrived and are what the manifest says. */
	OFFER,
	/** The offer cannot be used. */
	OFFER_BAD,
	/** The predecessor refused. */
	REFUSED,
	/** The peer is not trusted. */
	PEER_NOT_ALLOWED,
	/** Nobody held the control socket; it is this process's now. */
	CLAIMED,
	/** The control socket cannot be used. */
	DIAL_FAILED,

	// From the predecessor
	RELEASED, RECLAIMED, CLOSED, GONE, ABORT_FROM_PREDECESSOR, PREDECESSOR_EOF, PREDECESSOR_GARBAGE,

	// From a dialler or the successor
	HELLO, ADOPTED, READY, READY_HOLD, SERVING, CONFIRMED, RECLAIM, ABORT_FROM_SUCCESSOR, SUCCESSOR_EOF,
	SUCCESSOR_GARBAGE, OLD_EOF, PARKED_EOF,

	// From this process
	APPLICATION_READY, DRAINED, TERMINATE, OPERATOR_ABORT, OPERATOR_RELEASE, OPERATOR_RECLAIM,

	// Timers
	CONNECT_DEADLINE, STEP_DEADLINE, READY_DEADLINE, OBSERVATION_DEADLINE, WINDOW_ELAPSED, RECLAIM_DEADLINE,
	PARKED_DEADLINE, DRAIN_DEADLINE,
	/** Every channel has been read dry since the phase was entered. */
	LOOKED

}
