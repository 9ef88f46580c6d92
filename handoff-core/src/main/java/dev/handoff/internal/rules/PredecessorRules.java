package dev.handoff.internal.rules;

/**
 * The rules of a process that serves alone or hands its listeners over. The table is in
 * the project's protocol document.
 */
final class PredecessorRules {

	private PredecessorRules() {
	}

	static Reaction apply(Reaction reaction, Event event) {
		switch (event) {
			// The own predecessor has closed its copies long ago: it may go at any time.
			case GONE, PREDECESSOR_EOF, PREDECESSOR_GARBAGE -> {
				return reaction.has(Flag.UP) ? reaction.act(Action.CLOSE_UP).clear(Flag.UP) : reaction.ignore();
			}
			default -> {
				return switch (reaction.state().phase()) {
					case SERVING -> serving(reaction, event);
					case WAIT_ADOPTED -> waitAdopted(reaction, event);
					case WAIT_READY -> waitReady(reaction, event);
					case WAIT_SERVING -> waitServing(reaction, event);
					case OBSERVING -> observing(reaction, event);
					case CONFIRMING -> confirming(reaction, event);
					case DRAINING -> draining(reaction, event);
					case LEAVING -> leaving(reaction, event);
					default -> throw new IllegalStateException("Not a predecessor's phase: " + reaction.state());
				};
			}
		}
	}

	private static Reaction serving(Reaction reaction, Event event) {
		return switch (event) {
			case HELLO -> dismissOld(reaction).act(Action.OFFER).set(Flag.DOWN).to(Phase.WAIT_ADOPTED);
			case TERMINATE -> dismissOld(reaction).act(Action.CLOSE_GATE, Action.CLOSE_DESCRIPTORS)
				.actIf(Flag.UP, Action.CLOSE_UP)
				.clear(Flag.UP)
				.act(Action.START_DRAIN)
				.to(Phase.LEAVING);
			default -> reaction.ignore();
		};
	}

	private static Reaction waitAdopted(Reaction reaction, Event event) {
		return switch (event) {
			case ADOPTED -> reaction.to(Phase.WAIT_READY);
			case STEP_DEADLINE -> abort(reaction);
			default -> offering(reaction, event);
		};
	}

	private static Reaction waitReady(Reaction reaction, Event event) {
		return switch (event) {
			case READY -> release(reaction);
			case READY_HOLD -> reaction.set(Flag.HOLD);
			case OPERATOR_RELEASE -> reaction.has(Flag.HOLD) ? release(reaction) : reaction.ignore();
			case READY_DEADLINE -> abort(reaction);
			default -> offering(reaction, event);
		};
	}

	private static Reaction offering(Reaction reaction, Event event) {
		return switch (event) {
			case ABORT_FROM_SUCCESSOR, SUCCESSOR_EOF -> closeDown(reaction).clear(Flag.HOLD).to(Phase.SERVING);
			case SUCCESSOR_GARBAGE, OPERATOR_ABORT -> abort(reaction);
			case TERMINATE -> giveUp(reaction.act(Action.CLOSE_GATE, Action.SEND_RELEASED)).act(Action.START_DRAIN);
			case HELLO -> reaction.act(Action.REFUSE_BUSY);
			default -> reaction.ignore();
		};
	}

	private static Reaction waitServing(Reaction reaction, Event event) {
		return switch (event) {
			case SERVING -> reaction.act(Action.START_DRAIN).to(Phase.OBSERVING);
			case RECLAIM, ABORT_FROM_SUCCESSOR, SUCCESSOR_GARBAGE, STEP_DEADLINE, OPERATOR_RECLAIM -> reclaim(reaction);
			case SUCCESSOR_EOF -> serveAgain(reaction);
			case TERMINATE -> giveUp(reaction).act(Action.START_DRAIN);
			default -> reaction.ignore();
		};
	}

	private static Reaction observing(Reaction reaction, Event event) {
		return switch (event) {
			case CONFIRMED -> reaction.to(Phase.CONFIRMING);
			case OBSERVATION_DEADLINE -> reclaim(reaction).act(Action.CANCEL_DRAIN);
			default -> released(reaction, event);
		};
	}

	private static Reaction confirming(Reaction reaction, Event event) {
		return (event == Event.LOOKED) ? giveUp(reaction) : released(reaction, event);
	}

	private static Reaction released(Reaction reaction, Event event) {
		return switch (event) {
			case RECLAIM, ABORT_FROM_SUCCESSOR, SUCCESSOR_GARBAGE, OPERATOR_RECLAIM ->
				reclaim(reaction).act(Action.CANCEL_DRAIN);
			case SUCCESSOR_EOF -> serveAgain(reaction).act(Action.CANCEL_DRAIN);
			case TERMINATE -> giveUp(reaction);
			default -> reaction.ignore();
		};
	}

	private static Reaction draining(Reaction reaction, Event event) {
		return switch (event) {
			case SUCCESSOR_EOF, SUCCESSOR_GARBAGE -> closeDown(reaction);
			case DRAINED -> gone(reaction);
			case DRAIN_DEADLINE -> gone(reaction.act(Action.FORCE_DRAIN));
			default -> reaction.ignore();
		};
	}

	private static Reaction leaving(Reaction reaction, Event event) {
		return switch (event) {
			case DRAINED -> reaction.to(Phase.TERMINATED);
			case DRAIN_DEADLINE -> reaction.act(Action.FORCE_DRAIN).to(Phase.TERMINATED);
			default -> reaction.ignore();
		};
	}

	private static Reaction release(Reaction reaction) {
		return reaction.clear(Flag.HOLD).act(Action.CLOSE_GATE, Action.SEND_RELEASED).to(Phase.WAIT_SERVING);
	}

	private static Reaction abort(Reaction reaction) {
		return retireDown(reaction.act(Action.SEND_ABORT_DOWN));
	}

	private static Reaction reclaim(Reaction reaction) {
		return retireDown(reaction.act(Action.OPEN_GATE, Action.SEND_RECLAIMED));
	}

	// A verdict was sent: the channel stays open, so that the successor can tell a judge
	// that lives from one that died.
	private static Reaction retireDown(Reaction reaction) {
		return reaction.act(Action.RETIRE_DOWN).clear(Flag.DOWN, Flag.HOLD).set(Flag.OLD).to(Phase.SERVING);
	}

	private static Reaction serveAgain(Reaction reaction) {
		return closeDown(reaction.act(Action.OPEN_GATE)).to(Phase.SERVING);
	}

	private static Reaction giveUp(Reaction reaction) {
		return reaction.act(Action.CLOSE_DESCRIPTORS, Action.SEND_CLOSED).clear(Flag.HOLD).to(Phase.DRAINING);
	}

	private static Reaction gone(Reaction reaction) {
		return reaction.actIf(Flag.DOWN, Action.SEND_GONE, Action.CLOSE_DOWN)
			.actIf(Flag.UP, Action.CLOSE_UP)
			.clear(Flag.DOWN, Flag.UP)
			.to(Phase.TERMINATED);
	}

	private static Reaction closeDown(Reaction reaction) {
		return reaction.act(Action.CLOSE_DOWN).clear(Flag.DOWN);
	}

	private static Reaction dismissOld(Reaction reaction) {
		return reaction.actIf(Flag.OLD, Action.SEND_GONE_OLD, Action.CLOSE_OLD).clear(Flag.OLD);
	}

}
