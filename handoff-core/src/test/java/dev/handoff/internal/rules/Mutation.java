package dev.handoff.internal.rules;

import java.util.Collections;
import java.util.List;

/**
 * Rules broken one at a time, each of which the exploration must detect.
 */
enum Mutation {

	/** The predecessor ignores that its successor died in the window. */
	STAYS_QUIET_WHEN_THE_SUCCESSOR_DIES {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (state.phase() == Phase.OBSERVING && event == Event.SUCCESSOR_EOF) ? drop(reaction, Action.OPEN_GATE)
					: reaction;
		}
	},

	/** RELEASED is sent before the gate is closed. */
	TELLS_BEFORE_IT_ACTS {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			List<Action> actions = reaction.actions();
			int told = actions.indexOf(Action.SEND_RELEASED);
			if (told > 0) {
				Collections.swap(actions, told - 1, told);
			}
			return reaction;
		}
	},

	/** The predecessor closes on CONFIRMED without a last look. */
	CLOSES_WITHOUT_LOOKING {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (event == Event.CONFIRMED && state.phase() == Phase.OBSERVING)
					? SessionRules.apply(reaction.state(), Event.LOOKED) : reaction;
		}
	},

	/** The successor leaves on a verdict without looking whether its judge lives. */
	LEAVES_WITHOUT_LOOKING {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (reaction.state().phase() == Phase.EXPELLED && state.phase() != Phase.EXPELLED)
					? SessionRules.apply(reaction.state(), Event.LOOKED) : reaction;
		}
	},

	/** The channel of a verdict is closed at once. */
	CLOSES_THE_CHANNEL_OF_A_VERDICT {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			if (!reaction.actions().contains(Action.RETIRE_DOWN)) {
				return reaction;
			}
			Collections.replaceAll(reaction.actions(), Action.RETIRE_DOWN, Action.CLOSE_DOWN);
			return reaction.clear(Flag.OLD);
		}
	},

	/** A ready successor waits for a hung predecessor for ever. */
	WAITS_FOR_THE_RELEASE_WITHOUT_A_DEADLINE {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (state.phase() == Phase.STANDBY && event == Event.PREDECESSOR_EOF)
					? new Reaction(state).act(Action.CLOSE_UP) : reaction;
		}
	},

	/** A successor that is told to terminate closes its gate before it is answered. */
	CLOSES_ITS_GATE_BEFORE_THE_ANSWER {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return reaction.actions().contains(Action.SEND_RECLAIM) ? reaction.act(Action.CLOSE_GATE) : reaction;
		}
	},

	/** A successor in the window leaves at once when it is told to terminate. */
	LEAVES_WITHOUT_ASKING {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (state.phase() == Phase.BOUND && event == Event.TERMINATE)
					? new Reaction(state)
						.act(Action.CLOSE_GATE, Action.SEND_CONFIRMED, Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP,
								Action.START_DRAIN)
						.clear(Flag.UP)
						.to(Phase.LEAVING)
					: reaction;
		}
	},

	/** A parked dialler is forgotten when the predecessor is gone. */
	FORGETS_THE_PARKED_DIALLER {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return reaction.actions().contains(Action.OFFER_PARKED)
					? drop(reaction, Action.OFFER_PARKED).clear(Flag.DOWN).to(Phase.SERVING) : reaction;
		}
	},

	/** The successor opens its gate as soon as it is ready. */
	SERVES_BEFORE_THE_RELEASE {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return reaction.actions().contains(Action.SEND_READY) ? reaction.act(Action.OPEN_GATE) : reaction;
		}
	},

	/** The predecessor gives up its descriptors when it releases. */
	CLOSES_AT_THE_RELEASE {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (state.phase() == Phase.WAIT_READY && event == Event.READY) ? reaction.act(Action.CLOSE_DESCRIPTORS)
					: reaction;
		}
	},

	/** A predecessor that reclaims does not say so. */
	RECLAIMS_IN_SILENCE {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return drop(reaction, Action.SEND_RECLAIMED);
		}
	},

	/** A successor whose predecessor died keeps its gate closed. */
	STAYS_QUIET_WHEN_THE_PREDECESSOR_DIES {
		@Override
		Reaction apply(SessionState state, Event event, Reaction reaction) {
			return (state.phase() == Phase.STANDBY && event == Event.PREDECESSOR_EOF) ? drop(reaction, Action.OPEN_GATE)
					: reaction;
		}
	};

	abstract Reaction apply(SessionState state, Event event, Reaction reaction);

	private static Reaction drop(Reaction reaction, Action action) {
		reaction.actions().remove(action);
		return reaction;
	}

}
