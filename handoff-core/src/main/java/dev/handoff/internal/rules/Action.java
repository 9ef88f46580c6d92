package dev.handoff.internal.rules;

/**
 * What a process does because of an event, in the order of the list. Gates and
 * descriptors change before the frame that says so is sent.
 */
public enum Action {

	/** Look for the predecessor. */
	DIAL,

	/** Open the accept gates and the control listener's. */
	OPEN_GATE,
	/** Open the control listener's gate only. */
	OPEN_CONTROL_GATE,
	/** Close all gates; nothing is accepted once this is done. */
	CLOSE_GATE,
	/** Close the inherited listeners that nobody asked for. */
	CLOSE_UNCLAIMED,
	/** Serve instead of the process that listeners were acquired from. */
	RELIEVE,
	/** Close this process's copies of all listeners and of the control listener. */
	CLOSE_DESCRIPTORS,

	/** Make the dialler that said HELLO the successor and send it the offer. */
	OFFER,
	/** Keep the dialler that said HELLO waiting. */
	PARK, REFUSE_BUSY, REFUSE_NOT_READY,
	/** Make the parked dialler the successor and send it the offer. */
	OFFER_PARKED,
	/** Refuse the parked dialler: busy. */
	REFUSE_PARKED,

	SEND_ADOPTED, SEND_READY, SEND_READY_HOLD, SEND_SERVING, SEND_CONFIRMED, SEND_RECLAIM, SEND_ABORT_UP, SEND_RELEASED,
	SEND_RECLAIMED, SEND_CLOSED, SEND_ABORT_DOWN, SEND_GONE, SEND_GONE_OLD,

	CLOSE_UP, CLOSE_DOWN, CLOSE_OLD, CLOSE_PARKED,
	/** The successor was told a verdict: its channel stays open until GONE. */
	RETIRE_DOWN,

	START_DRAIN, CANCEL_DRAIN, FORCE_DRAIN

}
