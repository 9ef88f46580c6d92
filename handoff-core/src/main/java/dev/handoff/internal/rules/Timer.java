package dev.handoff.internal.rules;

/**
 * What a process waits for. A due timer is delivered only after every channel has been
 * read dry, so that a process that was stopped and continued catches up first.
 */
public enum Timer {

	CONNECT(Event.CONNECT_DEADLINE), STEP(Event.STEP_DEADLINE), READY(Event.READY_DEADLINE),
	OBSERVATION(Event.OBSERVATION_DEADLINE), WINDOW(Event.WINDOW_ELAPSED), RECLAIM(Event.RECLAIM_DEADLINE),
	PARKED(Event.PARKED_DEADLINE), DRAIN(Event.DRAIN_DEADLINE), LOOK(Event.LOOKED);

	private final Event event;

	Timer(Event event) {
		this.event = event;
	}

	public Event event() {
		return this.event;
	}

}
