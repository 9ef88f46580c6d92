package dev.handoff.internal.operator;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.internal.report.Transition;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionState;
import org.jspecify.annotations.Nullable;

/**
 * Tells what became of commands, from the transitions that they led to. Used by the
 * session's thread.
 */
public final class CommandAnswers {

	private @Nullable PendingCommand taken;

	private final List<PendingCommand> reclaims = new ArrayList<>();

	private @Nullable String reclaimed;

	/**
	 * Notes that the next transition, if there is one, is because of this command.
	 */
	public void taken(PendingCommand command) {
		PendingCommand lost = this.taken;
		if (lost != null) {
			// The session's thread failed with it, and recovered.
			lost.answer().accept(new CommandResult(Verdict.FAILED, "the thread that runs the handoff failed", null));
		}
		this.taken = command;
	}

	/**
	 * No rule names the command in this state.
	 */
	public void ignored(SessionState state, Event event, @Nullable String handoff) {
		PendingCommand command = take(event);
		if (command == null) {
			return;
		}
		if (event == Event.OPERATOR_RECLAIM && state.has(Flag.RECLAIM_PENDING) && state.phase() == Phase.BOUND) {
			// Asked already: the one answer is for both.
			this.reclaims.add(command);
			this.reclaimed = handoff;
			return;
		}
		command.answer().accept(refusal(state, event, handoff));
	}

	public void applied(Transition transition, @Nullable String handoff) {
		PendingCommand command = take(transition.event());
		if (command != null) {
			if (transition.did(Action.SEND_RECLAIM)) {
				this.reclaims.add(command);
				this.reclaimed = handoff;
			}
			else {
				command.answer().accept(new CommandResult(Verdict.APPLIED, "done", handoff));
			}
		}
		SessionState after = transition.after();
		if (!this.reclaims.isEmpty() && (after.phase() != Phase.BOUND || !after.has(Flag.RECLAIM_PENDING))) {
			CommandResult result = reclaimResult(transition);
			this.reclaims.forEach((reclaim) -> reclaim.answer().accept(result));
			this.reclaims.clear();
		}
	}

	/**
	 * Nothing comes after this.
	 */
	public void close() {
		CommandResult result = terminated();
		this.reclaims.forEach((reclaim) -> reclaim.answer().accept(result));
		this.reclaims.clear();
	}

	public static CommandResult terminated() {
		return new CommandResult(Verdict.NO_HANDOFF, "this process takes part in no handoff any more", null);
	}

	public static CommandResult off(@Nullable String cause) {
		return new CommandResult(Verdict.FAILED,
				"this process takes part in no handoff any more (%s); to replace it, stop it and start the new one"
					.formatted(cause),
				null);
	}

	private @Nullable PendingCommand take(Event event) {
		PendingCommand command = this.taken;
		this.taken = null;
		return (command != null && command.event() == event) ? command : null;
	}

	private CommandResult reclaimResult(Transition transition) {
		return switch (transition.event()) {
			case RECLAIMED -> new CommandResult(Verdict.APPLIED, "the predecessor serves again", this.reclaimed);
			case RECLAIM_DEADLINE ->
				new CommandResult(Verdict.NO_ANSWER, "the predecessor did not answer", this.reclaimed);
			case PREDECESSOR_EOF -> new CommandResult(Verdict.FAILED, "the predecessor is gone", this.reclaimed);
			default -> new CommandResult(Verdict.TOO_LATE,
					"the predecessor had given its listeners up: " + transition.occurrence().detail(), this.reclaimed);
		};
	}

	/**
	 * Says why a command does not apply.
	 */
	static CommandResult refusal(SessionState state, Event event, @Nullable String handoff) {
		return switch (state.phase()) {
			case DIALLING, STARTING, WAIT_ADOPTED,
					WAIT_READY ->
				new CommandResult(Verdict.TOO_EARLY, (event == Event.OPERATOR_RELEASE)
						? "the successor is not waiting for a manual release" : "the predecessor has not released yet",
						handoff);
			case STANDBY -> (event == Event.OPERATOR_RECLAIM)
					? new CommandResult(Verdict.TOO_EARLY, "the predecessor has not released yet", handoff)
					: new CommandResult(Verdict.TOO_LATE, "the release has been asked for already", handoff);
			case BOUND, WAIT_SERVING, OBSERVING,
					CONFIRMING ->
				new CommandResult(Verdict.TOO_LATE, (event == Event.OPERATOR_ABORT)
						? "the predecessor has released already; use reclaim" : "the predecessor has released already",
						handoff);
			case EXPELLED -> new CommandResult(Verdict.TOO_LATE, "the predecessor serves again already", handoff);
			case DRAINING -> new CommandResult(Verdict.TOO_LATE, "too late: the listeners have been given up", handoff);
			case SERVING,
					ALONE_STARTING ->
				state.has(Flag.UP)
						? new CommandResult(Verdict.TOO_LATE, "the predecessor has given its listeners up", handoff)
						: new CommandResult(Verdict.NO_HANDOFF, "no handoff is under way", null);
			case LEAVING, TERMINATED -> new CommandResult(Verdict.NO_HANDOFF, "this process is leaving", null);
		};
	}

}
