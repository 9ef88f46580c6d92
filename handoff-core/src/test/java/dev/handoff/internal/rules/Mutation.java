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
		Step apply(SessionState state, Event event, Step step) {
			return (state.phase() == Phase.OBSERVING && event == Event.SUCCESSOR_EOF) ? drop(step, Action.OPEN_GATE)
					: step;
		}
	},

	/** RELEASED is sent before the gate is closed. */
	TELLS_BEFORE_IT_ACTS {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			List<Action> actions = step.actions();
			int told = actions.indexOf(Action.SEND_RELEASED);
			if (told > 0) {
				Collections.swap(actions, told - 1, told);
			}
			return step;
		}
	},

	/** The predecessor closes on CONFIRMED without a last look. */
	CLOSES_WITHOUT_LOOKING {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (event == Event.CONFIRMED && state.phase() == Phase.OBSERVING)
					? SessionRules.apply(step.state(), Event.LOOKED) : step;
		}
	},

	/** The successor leaves on a verdict without looking whether its judge lives. */
	LEAVES_WITHOUT_LOOKING {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (step.state().phase() == Phase.EXPELLED && state.phase() != Phase.EXPELLED)
					? SessionRules.apply(step.state(), Event.LOOKED) : step;
		}
	},

	/** The channel of a verdict is closed at once. */
	CLOSES_THE_CHANNEL_OF_A_VERDICT {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			if (!step.actions().contains(Action.RETIRE_DOWN)) {
				return step;
			}
			Collections.replaceAll(step.actions(), Action.RETIRE_DOWN, Action.CLOSE_DOWN);
			return step.clear(Flag.OLD);
		}
	},

	/** A ready successor waits for a hung predecessor for ever. */
	WAITS_FOR_THE_RELEASE_WITHOUT_A_DEADLINE {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (state.phase() == Phase.STANDBY && event == Event.PREDECESSOR_EOF)
					? new Step(state).act(Action.CLOSE_UP) : step;
		}
	},

	/** A successor that is told to terminate closes its gate before it is answered. */
	CLOSES_ITS_GATE_BEFORE_THE_ANSWER {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return step.actions().contains(Action.SEND_RECLAIM) ? step.act(Action.CLOSE_GATE) : step;
		}
	},

	/** A successor in the window leaves at once when it is told to terminate. */
	LEAVES_WITHOUT_ASKING {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (state.phase() == Phase.BOUND && event == Event.TERMINATE)
					? new Step(state)
						.act(Action.CLOSE_GATE, Action.SEND_CONFIRMED, Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP,
								Action.START_DRAIN)
						.clear(Flag.UP)
						.to(Phase.LEAVING)
					: step;
		}
	},

	/** A held dialler is forgotten when the predecessor is gone. */
	FORGETS_THE_HELD_DIALLER {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return step.actions().contains(Action.OFFER_HELD)
					? drop(step, Action.OFFER_HELD).clear(Flag.DOWN).to(Phase.SERVING) : step;
		}
	},

	/** The successor opens its gate as soon as it is ready. */
	SERVES_BEFORE_THE_RELEASE {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return step.actions().contains(Action.SEND_READY) ? step.act(Action.OPEN_GATE) : step;
		}
	},

	/** The predecessor gives up its descriptors when it releases. */
	CLOSES_AT_THE_RELEASE {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (state.phase() == Phase.WAIT_READY && event == Event.READY) ? step.act(Action.CLOSE_DESCRIPTORS)
					: step;
		}
	},

	/** A predecessor that reclaims does not say so. */
	RECLAIMS_IN_SILENCE {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return drop(step, Action.SEND_RECLAIMED);
		}
	},

	/** A successor whose predecessor died keeps its gate closed. */
	STAYS_QUIET_WHEN_THE_PREDECESSOR_DIES {
		@Override
		Step apply(SessionState state, Event event, Step step) {
			return (state.phase() == Phase.STANDBY && event == Event.PREDECESSOR_EOF) ? drop(step, Action.OPEN_GATE)
					: step;
		}
	};

	abstract Step apply(SessionState state, Event event, Step step);

	private static Step drop(Step step, Action action) {
		step.actions().remove(action);
		return step;
	}

}
