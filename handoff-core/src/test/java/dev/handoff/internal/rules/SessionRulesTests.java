package dev.handoff.internal.rules;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Rows of the tables that the exploration does not reach: peers that talk nonsense, and
 * starts that fail.
 */
@Tag("jdk-independent")
class SessionRulesTests {

	private static final SessionState INITIAL = SessionState.initial(false);

	@Test
	void nonsenseBeforeTheReleaseMakesASuccessorLeave() {
		for (Phase phase : new Phase[] { Phase.STARTING, Phase.STANDBY }) {
			Reaction reaction = SessionRules.apply(INITIAL.to(phase).with(Flag.UP), Event.PREDECESSOR_GARBAGE);
			assertThat(reaction.actions()).containsExactly(Action.SEND_ABORT_UP, Action.CLOSE_GATE,
					Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP, Action.START_DRAIN);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(Phase.LEAVING).with(Flag.FAILED));
		}
	}

	@Test
	void nonsenseInTheWindowMakesASuccessorLeaveWhileItsPredecessorCanServe() {
		SessionState bound = INITIAL.to(Phase.BOUND).with(Flag.UP).with(Flag.READY).with(Flag.RELEASED);
		Reaction leaves = SessionRules.apply(bound, Event.PREDECESSOR_GARBAGE);
		assertThat(leaves.actions()).startsWith(Action.SEND_ABORT_UP, Action.CLOSE_GATE);
		assertThat(leaves.state().phase()).isEqualTo(Phase.LEAVING);
		Reaction stays = SessionRules.apply(bound.with(Flag.CONFIRMED), Event.PREDECESSOR_GARBAGE);
		assertThat(stays.actions()).containsExactly(Action.CLOSE_UP, Action.OPEN_GATE);
		assertThat(stays.state()).isEqualTo(INITIAL.to(Phase.SERVING).with(Flag.READY));
	}

	@Test
	void nonsenseAfterAVerdictIsNoSignOfDeath() {
		Reaction reaction = SessionRules.apply(INITIAL.to(Phase.EXPELLED).with(Flag.UP), Event.PREDECESSOR_GARBAGE);
		assertThat(reaction.state().phase()).isEqualTo(Phase.LEAVING);
		assertThat(reaction.state().has(Flag.FAILED)).isTrue();
	}

	@Test
	void nonsenseOfAPredecessorThatHasClosedChangesNothing() {
		for (Phase phase : new Phase[] { Phase.ALONE_STARTING, Phase.SERVING, Phase.OBSERVING }) {
			Reaction reaction = SessionRules.apply(INITIAL.to(phase).with(Flag.UP), Event.PREDECESSOR_GARBAGE);
			assertThat(reaction.actions()).containsExactly(Action.CLOSE_UP);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(phase));
		}
	}

	@Test
	void nonsenseOfASuccessorBeforeTheReleaseIsAnAbort() {
		for (Phase phase : new Phase[] { Phase.WAIT_ADOPTED, Phase.WAIT_READY }) {
			Reaction reaction = SessionRules.apply(INITIAL.to(phase).with(Flag.DOWN), Event.SUCCESSOR_GARBAGE);
			assertThat(reaction.actions()).containsExactly(Action.SEND_ABORT_DOWN, Action.RETIRE_DOWN);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(Phase.SERVING).with(Flag.OLD));
		}
	}

	@Test
	void nonsenseOfASuccessorAfterTheReleaseIsAReclaim() {
		for (Phase phase : new Phase[] { Phase.WAIT_SERVING, Phase.OBSERVING, Phase.CONFIRMING }) {
			Reaction reaction = SessionRules.apply(INITIAL.to(phase).with(Flag.DOWN), Event.SUCCESSOR_GARBAGE);
			assertThat(reaction.actions()).startsWith(Action.OPEN_GATE, Action.SEND_RECLAIMED, Action.RETIRE_DOWN);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(Phase.SERVING).with(Flag.OLD));
		}
	}

	@Test
	void aStartThatFailsClosesWhatItReceivedAndSaysSoOnlyWhereItWasOffered() {
		for (Event event : new Event[] { Event.OFFER_BAD, Event.PREDECESSOR_GARBAGE }) {
			Reaction reaction = SessionRules.apply(INITIAL, event);
			assertThat(reaction.actions()).containsExactly(Action.SEND_ABORT_UP, Action.CLOSE_DESCRIPTORS,
					Action.CLOSE_UP);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(Phase.TERMINATED).with(Flag.FAILED));
		}
		for (Event event : new Event[] { Event.REFUSED, Event.PEER_NOT_ALLOWED, Event.DIAL_FAILED,
				Event.CONNECT_DEADLINE }) {
			Reaction reaction = SessionRules.apply(INITIAL, event);
			assertThat(reaction.actions()).containsExactly(Action.CLOSE_DESCRIPTORS, Action.CLOSE_UP);
			assertThat(reaction.state()).isEqualTo(INITIAL.to(Phase.TERMINATED).with(Flag.FAILED));
		}
	}

	@Test
	void whatNoRuleNamesIsIgnored() {
		for (Phase phase : Phase.values()) {
			Reaction reaction = SessionRules.apply(INITIAL.to(phase), Event.REFUSED);
			assertThat(reaction.isNamed()).as(phase.name()).isEqualTo(phase == Phase.DIALLING);
		}
		assertThat(SessionRules.apply(INITIAL.to(Phase.TERMINATED), Event.TERMINATE).isNamed()).isFalse();
	}

	@Test
	void aDrainThatRanOutIsForced() {
		assertThat(SessionRules.apply(INITIAL.to(Phase.LEAVING), Event.DRAIN_DEADLINE).actions())
			.containsExactly(Action.FORCE_DRAIN);
		assertThat(SessionRules.apply(INITIAL.to(Phase.DRAINING).with(Flag.DOWN), Event.DRAIN_DEADLINE).actions())
			.containsExactly(Action.FORCE_DRAIN, Action.SEND_GONE, Action.CLOSE_DOWN);
	}

}
