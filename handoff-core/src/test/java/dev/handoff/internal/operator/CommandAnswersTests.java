package dev.handoff.internal.operator;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffCommand;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.report.Transition;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionRules;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Reaction;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What operators are told, with the real rules.
 */
class CommandAnswersTests {

	private static final SessionState INITIAL = SessionState.initial(false);

	private static final SessionState BOUND = INITIAL.to(Phase.BOUND).with(Flag.UP).with(Flag.READY);

	private final CommandAnswers answers = new CommandAnswers();

	private final List<CommandResult> results = new ArrayList<>();

	@Test
	void anAnswerSaysAppliedExactlyWhereARuleNamesTheCommand() {
		for (Phase phase : Phase.values()) {
			for (HandoffCommand command : HandoffCommand.values()) {
				this.results.clear();
				SessionState state = INITIAL.to(phase);
				boolean named = SessionRules.apply(state, PendingCommand.of(command, (result) -> {
				}).event()).isNamed();
				boolean asks = phase == Phase.BOUND && command == HandoffCommand.RECLAIM;
				give(state, command);
				if (asks) {
					assertThat(this.results).isEmpty();
				}
				else {
					assertThat(this.results).as("%s in %s", command, phase)
						.singleElement()
						.satisfies((result) -> assertThat(result.isApplied()).isEqualTo(named));
				}
				this.answers.close();
			}
		}
	}

	@Test
	void refusalsSayWhy() {
		assertThat(verdict(INITIAL.to(Phase.SERVING), HandoffCommand.RECLAIM)).isEqualTo(Verdict.NO_HANDOFF);
		assertThat(verdict(INITIAL.to(Phase.SERVING).with(Flag.UP), HandoffCommand.RECLAIM))
			.isEqualTo(Verdict.TOO_LATE);
		assertThat(verdict(INITIAL.to(Phase.WAIT_READY), HandoffCommand.RELEASE)).isEqualTo(Verdict.TOO_EARLY);
		assertThat(verdict(INITIAL.to(Phase.WAIT_READY).with(Flag.HOLD), HandoffCommand.RELEASE))
			.isEqualTo(Verdict.APPLIED);
		assertThat(verdict(INITIAL.to(Phase.WAIT_READY), HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_EARLY);
		assertThat(verdict(INITIAL.to(Phase.OBSERVING), HandoffCommand.ABORT)).isEqualTo(Verdict.TOO_LATE);
		assertThat(verdict(INITIAL.to(Phase.DRAINING), HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_LATE);
	}

	@Test
	void aReclaimAskedOfTheSuccessorIsAnsweredWithThePredecessorsDecision() {
		assertThat(reclaimThen(Event.RECLAIMED)).isEqualTo(Verdict.APPLIED);
		assertThat(reclaimThen(Event.CLOSED)).isEqualTo(Verdict.TOO_LATE);
		assertThat(reclaimThen(Event.PREDECESSOR_EOF)).isEqualTo(Verdict.FAILED);
		assertThat(reclaimThen(Event.RECLAIM_DEADLINE)).isEqualTo(Verdict.NO_ANSWER);
	}

	private Verdict reclaimThen(Event event) {
		this.results.clear();
		SessionState pending = give(BOUND, HandoffCommand.RECLAIM);
		give(pending, HandoffCommand.RECLAIM);
		assertThat(this.results).isEmpty();
		deliver(pending, event);
		assertThat(this.results).hasSize(2);
		assertThat(this.results.get(0)).isEqualTo(this.results.get(1));
		assertThat(this.results.get(0).handoff()).isEqualTo("id");
		return this.results.get(0).verdict();
	}

	private Verdict verdict(SessionState state, HandoffCommand command) {
		this.results.clear();
		give(state, command);
		assertThat(this.results).hasSize(1);
		return this.results.get(0).verdict();
	}

	private SessionState give(SessionState state, HandoffCommand command) {
		PendingCommand given = PendingCommand.of(command, this.results::add);
		this.answers.taken(given);
		return deliver(state, given.event());
	}

	private SessionState deliver(SessionState state, Event event) {
		Reaction reaction = SessionRules.apply(state, event);
		if (!reaction.isNamed()) {
			this.answers.ignored(state, event, "id");
			return state;
		}
		this.answers.applied(new Transition(state, Occurrence.of(event), reaction.actions(), reaction.state(),
				new Transition.Facts(0, null, null, null, 0, null, Map.of())), "id");
		return reaction.state();
	}

}
