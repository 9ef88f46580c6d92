package dev.handoff.internal.rules;

/**
 * The rules of a process that receives listeners, until it is alone. The table is in the
 * project's protocol document.
 */
final class SuccessorRules {

	private SuccessorRules() {
	}

	static Reaction apply(Reaction reaction, Event event) {
		return switch (reaction.state().phase()) {
			case DIALLING -> dialling(reaction, event);
			case STARTING -> starting(reaction, event);
			case STANDBY -> standby(reaction, event);
			case BOUND -> bound(reaction, event);
			case EXPELLED -> expelled(reaction, event);
			case ALONE_STARTING -> aloneStarting(reaction, event);
			default -> throw new IllegalStateException("Not a successor's phase: " + reaction.state());
		};
	}

	private static Reaction dialling(Reaction reaction, Event event) {
		return switch (event) {
			case OFFER -> reaction.act(Action.SEND_ADOPTED).set(Flag.UP).to(Phase.STARTING);
			// The first generation accepts as soon as its server starts, as without
			// handoffs.
			case CLAIMED -> reaction.act(Action.OPEN_GATE).to(Phase.ALONE_STARTING);
			case OFFER_BAD,
					PREDECESSOR_GARBAGE ->
				reaction.act(Action.SEND_ABORT_UP, Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP)
					.set(Flag.FAILED)
					.to(Phase.TERMINATED);
			case REFUSED, PEER_NOT_ALLOWED, DIAL_FAILED, ABORT_FROM_PREDECESSOR, CONNECT_DEADLINE, TERMINATE ->
				reaction.act(Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP).set(Flag.FAILED).to(Phase.TERMINATED);
			case PREDECESSOR_EOF -> reaction.act(Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP, Action.DIAL);
			default -> reaction.ignore();
		};
	}

	private static Reaction starting(Reaction reaction, Event event) {
		return switch (event) {
			case APPLICATION_READY -> {
				reaction.act(Action.CLOSE_UNCLAIMED).set(Flag.READY);
				if (reaction.has(Flag.RELEASED)) {
					yield reaction.act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
				}
				if (reaction.has(Flag.MANUAL)) {
					yield reaction.act(Action.SEND_READY_HOLD).set(Flag.HOLD).to(Phase.STANDBY);
				}
				yield reaction.act(Action.SEND_READY).to(Phase.STANDBY);
			}
			case RELEASED -> reaction.set(Flag.RELEASED);
			case CLOSED -> alone(reaction);
			case PREDECESSOR_EOF -> alone(reaction.act(Action.CLOSE_UP).clear(Flag.UP));
			case ABORT_FROM_PREDECESSOR, RECLAIMED -> expel(reaction);
			case PREDECESSOR_GARBAGE -> abort(reaction.set(Flag.FAILED));
			case TERMINATE, OPERATOR_ABORT -> abort(reaction);
			default -> reaction.ignore();
		};
	}

	private static Reaction standby(Reaction reaction, Event event) {
		return switch (event) {
			case OPERATOR_RELEASE ->
				reaction.has(Flag.HOLD) ? reaction.act(Action.SEND_READY).clear(Flag.HOLD) : reaction.ignore();
			case RELEASED -> reaction.set(Flag.RELEASED).act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
			// The predecessor hangs: a second acceptor is better than none.
			case STEP_DEADLINE -> reaction.act(Action.OPEN_GATE, Action.SEND_SERVING).to(Phase.BOUND);
			case CLOSED -> alone(reaction);
			case PREDECESSOR_EOF -> alone(reaction.act(Action.CLOSE_UP).clear(Flag.UP));
			case ABORT_FROM_PREDECESSOR, RECLAIMED -> expel(reaction);
			case PREDECESSOR_GARBAGE -> abort(reaction.set(Flag.FAILED));
			case TERMINATE, OPERATOR_ABORT -> abort(reaction);
			default -> reaction.ignore();
		};
	}

	private static Reaction bound(Reaction reaction, Event event) {
		return switch (event) {
			case RELEASED -> reaction.set(Flag.RELEASED);
			case WINDOW_ELAPSED -> reaction.act(Action.SEND_CONFIRMED).set(Flag.CONFIRMED);
			case HELLO -> hello(reaction);
			case PARKED_DEADLINE -> reaction.act(Action.REFUSE_PARKED).clear(Flag.PARKED);
			case CLOSED -> reaction.has(Flag.TERMINATING) ? leave(reaction) : alone(reaction);
			case PREDECESSOR_EOF ->
				reaction.has(Flag.TERMINATING) ? leave(reaction) : alone(reaction.act(Action.CLOSE_UP).clear(Flag.UP));
			case RECLAIMED -> expel(reaction);
			case ABORT_FROM_PREDECESSOR -> reaction.has(Flag.RELEASED) ? reaction.ignore() : expel(reaction);
			case PREDECESSOR_GARBAGE -> garbage(reaction);
			case OPERATOR_RECLAIM -> reaction.has(Flag.RECLAIM_PENDING) ? reaction.ignore() : askToReclaim(reaction);
			case TERMINATE -> {
				reaction.set(Flag.TERMINATING);
				yield reaction.has(Flag.RECLAIM_PENDING) ? reaction : askToReclaim(reaction);
			}
			case RECLAIM_DEADLINE ->
				reaction.has(Flag.TERMINATING) ? leave(reaction) : reaction.clear(Flag.RECLAIM_PENDING);
			default -> reaction.ignore();
		};
	}

	private static Reaction expelled(Reaction reaction, Event event) {
		return switch (event) {
			case LOOKED, GONE, PREDECESSOR_GARBAGE ->
				leave(reaction.has(Flag.TERMINATING) ? reaction : reaction.set(Flag.FAILED));
			// The judge died after its verdict: nobody else serves.
			case PREDECESSOR_EOF ->
				reaction.has(Flag.TERMINATING) ? leave(reaction) : alone(reaction.act(Action.CLOSE_UP).clear(Flag.UP));
			// Said once: if the judge dies now, nobody says it again.
			case APPLICATION_READY -> reaction.act(Action.CLOSE_UNCLAIMED).set(Flag.READY);
			case TERMINATE -> reaction.set(Flag.TERMINATING);
			default -> reaction.ignore();
		};
	}

	private static Reaction aloneStarting(Reaction reaction, Event event) {
		return switch (event) {
			case HELLO -> reaction.act(Action.REFUSE_NOT_READY);
			case APPLICATION_READY -> reaction.act(Action.CLOSE_UNCLAIMED, Action.OPEN_GATE, Action.RELIEVE)
				.set(Flag.READY)
				.to(Phase.SERVING);
			case TERMINATE -> leave(reaction);
			case GONE, PREDECESSOR_EOF, PREDECESSOR_GARBAGE -> reaction.act(Action.CLOSE_UP).clear(Flag.UP);
			default -> reaction.ignore();
		};
	}

	/**
	 * A third generation dials: cuts the window short and lets it wait for the answer.
	 */
	private static Reaction hello(Reaction reaction) {
		if (reaction.has(Flag.PARKED)) {
			return reaction.act(Action.REFUSE_BUSY);
		}
		if (!reaction.has(Flag.CONFIRMED) && !reaction.has(Flag.RECLAIM_PENDING) && !reaction.has(Flag.TERMINATING)) {
			reaction.act(Action.SEND_CONFIRMED).set(Flag.CONFIRMED);
		}
		return reaction.act(Action.PARK).set(Flag.PARKED);
	}

	// A predecessor that was sent no CONFIRMED keeps its copies and can serve.
	private static Reaction garbage(Reaction reaction) {
		if (reaction.has(Flag.CONFIRMED)) {
			return alone(reaction.act(Action.CLOSE_UP).clear(Flag.UP));
		}
		return leave(reaction.act(Action.SEND_ABORT_UP).set(Flag.FAILED));
	}

	private static Reaction askToReclaim(Reaction reaction) {
		return reaction.act(Action.SEND_RECLAIM).set(Flag.RECLAIM_PENDING);
	}

	private static Reaction alone(Reaction reaction) {
		reaction.clear(Flag.RELEASED, Flag.RECLAIM_PENDING, Flag.CONFIRMED, Flag.HOLD);
		if (!reaction.has(Flag.READY)) {
			return reaction.act(Action.OPEN_CONTROL_GATE).to(Phase.ALONE_STARTING);
		}
		reaction.act(Action.OPEN_GATE);
		if (reaction.has(Flag.PARKED)) {
			return reaction.act(Action.OFFER_PARKED).clear(Flag.PARKED).set(Flag.DOWN).to(Phase.WAIT_ADOPTED);
		}
		return reaction.to(Phase.SERVING);
	}

	private static Reaction expel(Reaction reaction) {
		return reaction.actIf(Flag.PARKED, Action.REFUSE_PARKED)
			.clear(Flag.PARKED, Flag.HOLD)
			.act(Action.CLOSE_GATE)
			.to(Phase.EXPELLED);
	}

	private static Reaction abort(Reaction reaction) {
		return leave(reaction.act(Action.SEND_ABORT_UP));
	}

	private static Reaction leave(Reaction reaction) {
		return reaction.actIf(Flag.PARKED, Action.REFUSE_PARKED)
			.act(Action.CLOSE_GATE, Action.CLOSE_DESCRIPTORS)
			.actIf(Flag.UP, Action.CLOSE_UP)
			.clear(Flag.PARKED, Flag.HOLD, Flag.UP)
			.act(Action.START_DRAIN)
			.to(Phase.LEAVING);
	}

}
