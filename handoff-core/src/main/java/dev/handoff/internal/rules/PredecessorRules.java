package dev.handoff.internal.rules;

/**
 * The rules of a process that serves alone or hands its listeners over. The table is in
 * the project's protocol document.
 */
final class PredecessorRules {

	private PredecessorRules() {
	}

	static Step apply(Step step, Event event) {
		switch (event) {
			// The own predecessor has closed its copies long ago: it may go at any time.
			case GONE, PREDECESSOR_EOF, PREDECESSOR_GARBAGE -> {
				return step.has(Flag.UP) ? step.act(Action.CLOSE_UP).clear(Flag.UP) : step.ignore();
			}
			default -> {
				return switch (step.state().phase()) {
					case SERVING -> serving(step, event);
					case WAIT_ADOPTED -> waitAdopted(step, event);
					case WAIT_READY -> waitReady(step, event);
					case WAIT_SERVING -> waitServing(step, event);
					case OBSERVING -> observing(step, event);
					case CONFIRMING -> confirming(step, event);
					case DRAINING -> draining(step, event);
					case LEAVING -> leaving(step, event);
					default -> throw new IllegalStateException("Not a predecessor's phase: " + step.state());
				};
			}
		}
	}

	private static Step serving(Step step, Event event) {
		return switch (event) {
			case HELLO -> dismissOld(step).act(Action.OFFER).set(Flag.DOWN).to(Phase.WAIT_ADOPTED);
			case TERMINATE -> dismissOld(step).act(Action.CLOSE_GATE, Action.CLOSE_DESCRIPTORS)
				.actIf(Flag.UP, Action.CLOSE_UP)
				.clear(Flag.UP)
				.act(Action.START_DRAIN)
				.to(Phase.LEAVING);
			default -> step.ignore();
		};
	}

	private static Step waitAdopted(Step step, Event event) {
		return switch (event) {
			case ADOPTED -> step.to(Phase.WAIT_READY);
			case STEP_DEADLINE -> abort(step);
			default -> offering(step, event);
		};
	}

	private static Step waitReady(Step step, Event event) {
		return switch (event) {
			case READY -> release(step);
			case READY_HOLD -> step.set(Flag.HOLD);
			case OPERATOR_RELEASE -> step.has(Flag.HOLD) ? release(step) : step.ignore();
			case READY_DEADLINE -> abort(step);
			default -> offering(step, event);
		};
	}

	private static Step offering(Step step, Event event) {
		return switch (event) {
			case ABORT_FROM_SUCCESSOR, SUCCESSOR_EOF -> closeDown(step).clear(Flag.HOLD).to(Phase.SERVING);
			case SUCCESSOR_GARBAGE, OPERATOR_ABORT -> abort(step);
			case TERMINATE -> giveUp(step.act(Action.CLOSE_GATE, Action.SEND_RELEASED)).act(Action.START_DRAIN);
			case HELLO -> step.act(Action.REFUSE_BUSY);
			default -> step.ignore();
		};
	}

	private static Step waitServing(Step step, Event event) {
		return switch (event) {
			case SERVING -> step.act(Action.START_DRAIN).to(Phase.OBSERVING);
			case RECLAIM, ABORT_FROM_SUCCESSOR, SUCCESSOR_GARBAGE, STEP_DEADLINE, OPERATOR_RECLAIM -> reclaim(step);
			case SUCCESSOR_EOF -> serveAgain(step);
			case TERMINATE -> giveUp(step).act(Action.START_DRAIN);
			default -> step.ignore();
		};
	}

	private static Step observing(Step step, Event event) {
		return switch (event) {
			case CONFIRMED -> step.to(Phase.CONFIRMING);
			case OBSERVATION_DEADLINE -> reclaim(step).act(Action.CANCEL_DRAIN);
			default -> released(step, event);
		};
	}

	private static Step confirming(Step step, Event event) {
		return (event == Event.LOOKED) ? giveUp(step) : released(step, event);
	}

	private static Step released(Step step, Event event) {
		return switch (event) {
			case RECLAIM, ABORT_FROM_SUCCESSOR, SUCCESSOR_GARBAGE, OPERATOR_RECLAIM ->
				reclaim(step).act(Action.CANCEL_DRAIN);
			case SUCCESSOR_EOF -> serveAgain(step).act(Action.CANCEL_DRAIN);
			case TERMINATE -> giveUp(step);
			default -> step.ignore();
		};
	}

	private static Step draining(Step step, Event event) {
		return switch (event) {
			case SUCCESSOR_EOF, SUCCESSOR_GARBAGE -> closeDown(step);
			case DRAINED -> gone(step);
			case DRAIN_DEADLINE -> gone(step.act(Action.FORCE_DRAIN));
			default -> step.ignore();
		};
	}

	private static Step leaving(Step step, Event event) {
		return switch (event) {
			case DRAINED -> step.to(Phase.TERMINATED);
			case DRAIN_DEADLINE -> step.act(Action.FORCE_DRAIN).to(Phase.TERMINATED);
			default -> step.ignore();
		};
	}

	private static Step release(Step step) {
		return step.clear(Flag.HOLD).act(Action.CLOSE_GATE, Action.SEND_RELEASED).to(Phase.WAIT_SERVING);
	}

	private static Step abort(Step step) {
		return retireDown(step.act(Action.SEND_ABORT_DOWN));
	}

	private static Step reclaim(Step step) {
		return retireDown(step.act(Action.OPEN_GATE, Action.SEND_RECLAIMED));
	}

	// A verdict was sent: the channel stays open, so that the successor can tell a judge
	// that lives from one that died.
	private static Step retireDown(Step step) {
		return step.act(Action.RETIRE_DOWN).clear(Flag.DOWN, Flag.HOLD).set(Flag.OLD).to(Phase.SERVING);
	}

	private static Step serveAgain(Step step) {
		return closeDown(step.act(Action.OPEN_GATE)).to(Phase.SERVING);
	}

	private static Step giveUp(Step step) {
		return step.act(Action.CLOSE_DESCRIPTORS, Action.SEND_CLOSED).clear(Flag.HOLD).to(Phase.DRAINING);
	}

	private static Step gone(Step step) {
		return step.actIf(Flag.DOWN, Action.SEND_GONE, Action.CLOSE_DOWN)
			.actIf(Flag.UP, Action.CLOSE_UP)
			.clear(Flag.DOWN, Flag.UP)
			.to(Phase.TERMINATED);
	}

	private static Step closeDown(Step step) {
		return step.act(Action.CLOSE_DOWN).clear(Flag.DOWN);
	}

	private static Step dismissOld(Step step) {
		return step.actIf(Flag.OLD, Action.SEND_GONE_OLD, Action.CLOSE_OLD).clear(Flag.OLD);
	}

}
