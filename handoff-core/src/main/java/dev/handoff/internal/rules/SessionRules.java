package dev.handoff.internal.rules;

/**
 * The state machine of a process: which event leads where and what is done on the way. A
 * pure function; all I/O and all timers are outside.
 */
public final class SessionRules {

	private SessionRules() {
	}

	/**
	 * Returns what an event leads to. An event that no rule names is ignored.
	 * @param state the state
	 * @param event the event
	 * @return the actions and the next state
	 */
	public static Reaction apply(SessionState state, Event event) {
		Reaction reaction = new Reaction(state);
		switch (event) {
			// A former successor leaves: nothing depends on it any more.
			case OLD_EOF -> {
				return reaction.act(Action.CLOSE_OLD).clear(Flag.OLD);
			}
			case PARKED_EOF -> {
				return reaction.act(Action.CLOSE_PARKED).clear(Flag.PARKED);
			}
			default -> {
				return switch (state.phase()) {
					case DIALLING, STARTING, STANDBY, BOUND, EXPELLED, ALONE_STARTING ->
						SuccessorRules.apply(reaction, event);
					case SERVING, WAIT_ADOPTED, WAIT_READY, WAIT_SERVING, OBSERVING, CONFIRMING, DRAINING, LEAVING ->
						PredecessorRules.apply(reaction, event);
					case TERMINATED -> reaction.ignore();
				};
			}
		}
	}

}
