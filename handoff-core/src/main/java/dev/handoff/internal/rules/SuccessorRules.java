package dev.handoff.internal.rules;

/**
 * The rules of a process that receives listeners, until it is alone. The table is in the
 * project's protocol document.
 */
final class SuccessorRules {

	private SuccessorRules() {
	}

	static Step apply(Step step, Event event) {
		return switch (step.state().phase()) {
			case DIALLING -> dialling(step, event);
			case STARTING -> starting(step, event);
			case STANDBY -> standby(step, event);
			case BOUND -> bound(step, event);
			case EXPELLED -> expelled(step, event);
			case ALONE_STARTING -> aloneStarting(step, event);
			default -> throw new IllegalStateException("Not a successor's phase: " + step.state());
		};
	}

	private static Step dialling(Step step, Event event) {
		return switch (event) {
			case OFFER -> step.act(Action.SEND_ADOPTED).set(Flag.UP).to(Phase.STARTING);
			// The first generation accepts as soon as its server starts, as without
			// handoffs.
			case CLAIMED -> step.act(Action.OPEN_GATE).to(Phase.ALONE_STARTING);
			case OFFER_BAD,
					PREDECESSOR_GARBAGE ->
				step.act(Action.SEND_ABORT_UP, Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP)
					.set(Flag.FAILED)
					.to(Phase.TERMINATED);
			case REFUSED, PEER_NOT_ALLOWED, DIAL_FAILED, ABORT_FROM_PREDECESSOR, CONNECT_DEADLINE, TERMINATE ->
				step.act(Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP).set(Flag.FAILED).to(Phase.TERMINATED);
			case PREDECESSOR_EOF -> step.act(Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP, Action.DIAL);
			default -> step.ignore();
		};
	}

	private static Step starting(Step step, Event event) {
		return switch (event) {
			case APPLICATION_READY -> {
				step.act(Action.CLOSE_UNCLAIMED).set(Flag.READY);
				if (step.has(Flag.RELEASED)) {
					yield step.act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
				}
				if (step.has(Flag.MANUAL)) {
					yield step.act(Action.SEND_READY_HOLD).set(Flag.HOLD).to(Phase.STANDBY);
				}
				yield step.act(Action.SEND_READY).to(Phase.STANDBY);
			}
			case RELEASED -> step.set(Flag.RELEASED);
			case CLOSED -> alone(step);
			case PREDECESSOR_EOF -> alone(step.act(Action.CLOSE_UP).clear(Flag.UP));
			case ABORT_FROM_PREDECESSOR, RECLAIMED -> expel(step);
			case PREDECESSOR_GARBAGE -> abort(step.set(Flag.FAILED));
			case TERMINATE, OPERATOR_ABORT -> abort(step);
			default -> step.ignore();
		};
	}

	private static Step standby(Step step, Event event) {
		return switch (event) {
			case OPERATOR_RELEASE -> step.has(Flag.HOLD) ? step.act(Action.SEND_READY).clear(Flag.HOLD) : step.ignore();
			case RELEASED -> step.set(Flag.RELEASED).act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
			// The predecessor hangs: a second acceptor is better than none.
			case STEP_DEADLINE -> step.act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
			case CLOSED -> alone(step);
			case PREDECESSOR_EOF -> alone(step.act(Action.CLOSE_UP).clear(Flag.UP));
			case ABORT_FROM_PREDECESSOR, RECLAIMED -> expel(step);
			case PREDECESSOR_GARBAGE -> abort(step.set(Flag.FAILED));
			case TERMINATE, OPERATOR_ABORT -> abort(step);
			default -> step.ignore();
		};
	}

	private static Step bound(Step step, Event event) {
		return switch (event) {
			case RELEASED -> step.set(Flag.RELEASED);
			case WINDOW_ELAPSED -> step.act(Action.SEND_CONFIRMED).set(Flag.CONFIRMED);
			case HELLO -> hello(step);
			case HELD_DEADLINE -> step.act(Action.REFUSE_HELD).clear(Flag.HELD);
			case CLOSED -> step.has(Flag.TERMINATING) ? leave(step) : alone(step);
			case PREDECESSOR_EOF ->
				step.has(Flag.TERMINATING) ? leave(step) : alone(step.act(Action.CLOSE_UP).clear(Flag.UP));
			case RECLAIMED -> expel(step);
			case ABORT_FROM_PREDECESSOR -> step.has(Flag.RELEASED) ? step.ignore() : expel(step);
			case PREDECESSOR_GARBAGE -> garbage(step);
			case OPERATOR_RECLAIM -> step.has(Flag.RECLAIM_PENDING) ? step.ignore() : askToReclaim(step);
			case TERMINATE -> {
				step.set(Flag.TERMINATING);
				yield step.has(Flag.RECLAIM_PENDING) ? step : askToReclaim(step);
			}
			case RECLAIM_DEADLINE -> step.has(Flag.TERMINATING) ? leave(step) : step.clear(Flag.RECLAIM_PENDING);
			default -> step.ignore();
		};
	}

	private static Step expelled(Step step, Event event) {
		return switch (event) {
			case LOOKED, GONE, PREDECESSOR_GARBAGE -> leave(step.has(Flag.TERMINATING) ? step : step.set(Flag.FAILED));
			// The judge died after its verdict: nobody else serves.
			case PREDECESSOR_EOF ->
				step.has(Flag.TERMINATING) ? leave(step) : alone(step.act(Action.CLOSE_UP).clear(Flag.UP));
			// Said once: if the judge dies now, nobody says it again.
			case APPLICATION_READY -> step.act(Action.CLOSE_UNCLAIMED).set(Flag.READY);
			case TERMINATE -> step.set(Flag.TERMINATING);
			default -> step.ignore();
		};
	}

	private static Step aloneStarting(Step step, Event event) {
		return switch (event) {
			case HELLO -> step.act(Action.REFUSE_NOT_READY);
			case APPLICATION_READY ->
				step.act(Action.CLOSE_UNCLAIMED, Action.OPEN_GATE, Action.RELIEVE).set(Flag.READY).to(Phase.SERVING);
			case TERMINATE -> leave(step);
			case GONE, PREDECESSOR_EOF, PREDECESSOR_GARBAGE -> step.act(Action.CLOSE_UP).clear(Flag.UP);
			default -> step.ignore();
		};
	}

	/**
	 * A third generation dials: cuts the window short and lets it wait for the answer.
	 */
	private static Step hello(Step step) {
		if (step.has(Flag.HELD)) {
			return step.act(Action.REFUSE_BUSY);
		}
		if (!step.has(Flag.CONFIRMED) && !step.has(Flag.RECLAIM_PENDING) && !step.has(Flag.TERMINATING)) {
			step.act(Action.SEND_CONFIRMED).set(Flag.CONFIRMED);
		}
		return step.act(Action.HOLD).set(Flag.HELD);
	}

	// A predecessor that was sent no CONFIRMED keeps its copies and can serve.
	private static Step garbage(Step step) {
		if (step.has(Flag.CONFIRMED)) {
			return alone(step.act(Action.CLOSE_UP).clear(Flag.UP));
		}
		return leave(step.act(Action.SEND_ABORT_UP).set(Flag.FAILED));
	}

	private static Step askToReclaim(Step step) {
		return step.act(Action.SEND_RECLAIM).set(Flag.RECLAIM_PENDING);
	}

	private static Step alone(Step step) {
		step.clear(Flag.RELEASED, Flag.RECLAIM_PENDING, Flag.CONFIRMED, Flag.HOLD);
		if (!step.has(Flag.READY)) {
			return step.act(Action.OPEN_CONTROL_GATE).to(Phase.ALONE_STARTING);
		}
		step.act(Action.OPEN_GATE);
		if (step.has(Flag.HELD)) {
			return step.act(Action.OFFER_HELD).clear(Flag.HELD).set(Flag.DOWN).to(Phase.WAIT_ADOPTED);
		}
		return step.to(Phase.SERVING);
	}

	private static Step expel(Step step) {
		return step.actIf(Flag.HELD, Action.REFUSE_HELD)
			.clear(Flag.HELD, Flag.HOLD)
			.act(Action.CLOSE_GATE)
			.to(Phase.EXPELLED);
	}

	private static Step abort(Step step) {
		return leave(step.act(Action.SEND_ABORT_UP));
	}

	private static Step leave(Step step) {
		return step.actIf(Flag.HELD, Action.REFUSE_HELD)
			.act(Action.CLOSE_GATE, Action.CLOSE_DESCRIPTORS)
			.actIf(Flag.UP, Action.CLOSE_UP)
			.clear(Flag.HELD, Flag.HOLD, Flag.UP)
			.act(Action.START_DRAIN)
			.to(Phase.LEAVING);
	}

}
