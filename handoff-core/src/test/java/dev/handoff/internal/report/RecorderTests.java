package dev.handoff.internal.report;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffReport.Role;
import dev.handoff.HandoffStatus.SuccessorPhase;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionRules;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Reaction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Reports of handoffs that the real rules lead through, with a clock that stands still
 * between events.
 */
class RecorderTests {

	private static final String OWN = "11111111-own";

	private static final PeerIdentity PEER = new PeerIdentity(42, "22222222-peer", "1.4");

	private final List<HandoffReport> decided = new ArrayList<>();

	private final List<HandoffReport> completed = new ArrayList<>();

	private long now = 1000;

	private final Recorder recorder = new Recorder(OWN, "1", new ManualTime(), List.of(new ReportListener() {

		@Override
		public void decided(HandoffReport report) {
			RecorderTests.this.decided.add(report);
		}

		@Override
		public void completed(HandoffReport report) {
			RecorderTests.this.completed.add(report);
		}

	}));

	private SessionState state = SessionState.initial(false);

	private Map<String, Integer> forceClosed = Map.of();

	@Test
	void aPredecessorReportsEachStepAndWhatItsDrainClosed() {
		serveFirst();
		after(5, Event.HELLO);
		assertThat(this.recorder.snapshot().currentHandoff()).isEqualTo("11111111-22222222");
		assertThat(successorPhase()).isEqualTo(SuccessorPhase.OFFERED);
		after(10, Event.ADOPTED);
		assertThat(successorPhase()).isEqualTo(SuccessorPhase.STARTING);
		after(2000, Event.READY);
		assertThat(successorPhase()).isEqualTo(SuccessorPhase.RELEASED);
		after(7, Event.SERVING);
		assertThat(successorPhase()).isEqualTo(SuccessorPhase.OBSERVED);
		after(10000, Event.CONFIRMED);
		assertThat(this.decided).isEmpty();
		after(1, Event.LOOKED);
		assertThat(successorPhase()).isEqualTo(SuccessorPhase.SERVING);
		assertThat(this.decided).singleElement()
			.satisfies((report) -> assertThat(report.steps()).doesNotContainKey(HandoffReport.Step.DRAIN));
		assertThat(this.recorder.snapshot().currentHandoff()).isNull();
		assertThat(this.completed).isEmpty();
		this.forceClosed = Map.of("idle", 2);
		after(30000, Event.DRAIN_DEADLINE);
		HandoffReport report = onlyCompleted();
		assertThat(report.steps()).containsExactly(step(HandoffReport.Step.OFFER, 10),
				step(HandoffReport.Step.READY, 2000), step(HandoffReport.Step.RELEASE, 7),
				step(HandoffReport.Step.OBSERVATION, 10001), step(HandoffReport.Step.DRAIN, 30000));
		assertThat(report.outcome()).isEqualTo(Outcome.COMPLETED);
		assertThat(report.role()).isEqualTo(Role.PREDECESSOR);
		assertThat(report.peerPid()).isEqualTo(42);
		assertThat(report.peerInstanceId()).isEqualTo(PEER.instanceId());
		assertThat(report.generation()).isOne();
		assertThat(report.start()).isEqualTo(Instant.EPOCH.plusMillis(1005));
		assertThat(report.descriptorsMoved()).isEqualTo(3);
		assertThat(report.waitingAtRelease()).isEqualTo(4);
		assertThat(report.forceClosed()).containsEntry("idle", 2);
		assertThat(this.recorder.snapshot().history()).containsExactly(report);
	}

	@Test
	void aSuccessorReportsUntilItsPredecessorIsGone() {
		after(30, Event.OFFER);
		assertThat(this.recorder.snapshot().currentHandoff()).isEqualTo("22222222-11111111");
		after(2000, Event.APPLICATION_READY);
		after(4, Event.RELEASED);
		after(10000, Event.WINDOW_ELAPSED);
		after(3, Event.CLOSED);
		assertThat(this.decided).singleElement()
			.satisfies((report) -> assertThat(report.outcome()).isEqualTo(Outcome.COMPLETED));
		this.recorder.progress(17);
		assertThat(this.recorder.snapshot().predecessor()).isNotNull()
			.satisfies((predecessor) -> assertThat(predecessor.remaining()).isEqualTo(17));
		assertThat(this.completed).isEmpty();
		after(500, Event.GONE);
		HandoffReport report = onlyCompleted();
		assertThat(report.role()).isEqualTo(Role.SUCCESSOR);
		assertThat(report.steps()).containsExactly(step(HandoffReport.Step.OFFER, 30),
				step(HandoffReport.Step.READY, 2000), step(HandoffReport.Step.RELEASE, 4),
				step(HandoffReport.Step.OBSERVATION, 10003), step(HandoffReport.Step.DRAIN, 500));
		assertThat(this.recorder.snapshot().predecessor()).isNull();
	}

	@Test
	void whatEndsAnOfferIsItsOutcome() {
		serveFirst();
		assertThat(offeredThen(Event.STEP_DEADLINE)).isEqualTo(Outcome.TIMED_OUT);
		assertThat(offeredThen(Event.SUCCESSOR_EOF)).isEqualTo(Outcome.PEER_DIED);
		assertThat(offeredThen(Event.ADOPTED, Event.READY_DEADLINE)).isEqualTo(Outcome.TIMED_OUT);
		assertThat(offeredThen(Event.ADOPTED, Event.ABORT_FROM_SUCCESSOR)).isEqualTo(Outcome.ABORTED);
		assertThat(offeredThen(Event.ADOPTED, Event.OPERATOR_ABORT)).isEqualTo(Outcome.ABORTED);
		assertThat(offeredThen(Event.ADOPTED, Event.READY, Event.STEP_DEADLINE)).isEqualTo(Outcome.RECLAIMED);
		assertThat(offeredThen(Event.ADOPTED, Event.READY, Event.SERVING, Event.OPERATOR_RECLAIM))
			.isEqualTo(Outcome.RECLAIMED);
		assertThat(offeredThen(Event.ADOPTED, Event.READY, Event.SERVING, Event.SUCCESSOR_EOF))
			.isEqualTo(Outcome.PEER_DIED);
		assertThat(this.recorder.snapshot().successor()).isNull();
	}

	@Test
	void whatEndsASuccessorsPartIsItsOutcome() {
		SessionState bound = SessionState.initial(false)
			.to(Phase.BOUND)
			.with(Flag.UP)
			.with(Flag.READY)
			.with(Flag.RELEASED);
		assertThat(receivedThen(bound, Event.PREDECESSOR_EOF)).isEqualTo(Outcome.PEER_DIED);
		assertThat(receivedThen(bound, Event.RECLAIMED, Event.LOOKED)).isEqualTo(Outcome.EXPELLED);
		assertThat(receivedThen(bound, Event.OPERATOR_RECLAIM, Event.RECLAIMED, Event.LOOKED))
			.isEqualTo(Outcome.RECLAIMED);
		assertThat(receivedThen(bound, Event.TERMINATE, Event.RECLAIM_DEADLINE)).isEqualTo(Outcome.TIMED_OUT);
		assertThat(receivedThen(bound, Event.RECLAIMED, Event.PREDECESSOR_EOF)).isEqualTo(Outcome.PEER_DIED);
		SessionState standby = SessionState.initial(false).to(Phase.STANDBY).with(Flag.UP).with(Flag.READY);
		assertThat(receivedThen(standby, Event.ABORT_FROM_PREDECESSOR, Event.GONE)).isEqualTo(Outcome.ABORTED);
		assertThat(receivedThen(standby, Event.OPERATOR_ABORT)).isEqualTo(Outcome.ABORTED);
	}

	@Test
	void aRefusedDiallerIsReportedBesidesTheHandoffThatIsUnderWay() {
		serveFirst();
		after(1, Event.HELLO);
		apply(Event.HELLO, new PeerIdentity(43, "33333333-late", ""));
		HandoffReport report = onlyCompleted();
		assertThat(report.outcome()).isEqualTo(Outcome.REFUSED);
		assertThat(report.id()).isEqualTo("11111111-33333333");
		assertThat(this.recorder.snapshot().currentHandoff()).isEqualTo("11111111-22222222");
	}

	@Test
	void theLastTenAreRemembered() {
		serveFirst();
		for (int i = 0; i < 12; i++) {
			offeredThen(Event.SUCCESSOR_EOF);
		}
		assertThat(this.recorder.snapshot().history()).hasSize(10);
		assertThat(this.recorder.snapshot().history().get(0)).isSameAs(this.completed.get(11));
	}

	@Test
	void aPredecessorIsServedByAnotherFromTheReleaseOn() {
		serveFirst();
		offeredThen(Event.ADOPTED, Event.ABORT_FROM_SUCCESSOR);
		assertThat(servedByAnother(Event.HELLO, Event.ADOPTED)).isFalse();
		assertThat(servedByAnother(Event.READY)).isTrue();
		assertThat(servedByAnother(Event.SERVING, Event.OPERATOR_RECLAIM)).isFalse();
		assertThat(
				servedByAnother(Event.HELLO, Event.ADOPTED, Event.READY, Event.SERVING, Event.CONFIRMED, Event.LOOKED))
			.isTrue();
		assertThat(servedByAnother(Event.DRAINED)).isTrue();
	}

	@Test
	void aSuccessorIsServedByAnotherUntilItServes() {
		assertThat(servedByAnother(Event.OFFER)).isTrue();
		assertThat(servedByAnother(Event.APPLICATION_READY)).isTrue();
		assertThat(servedByAnother(Event.RELEASED)).isFalse();
		assertThat(servedByAnother(Event.CLOSED, Event.GONE)).isFalse();
		assertThat(servedByAnother(Event.TERMINATE)).isFalse();
		assertThat(servedByAnother(Event.DRAINED)).isFalse();
	}

	@Test
	void aSuccessorThatGivesUpIsServedByAnother() {
		assertThat(servedByAnother(Event.OFFER, Event.TERMINATE)).isTrue();
	}

	@Test
	void aSuccessorThatIsSentAwayIsServedByAnother() {
		assertThat(servedByAnother(Event.OFFER, Event.APPLICATION_READY, Event.RELEASED, Event.RECLAIMED)).isTrue();
		assertThat(servedByAnother(Event.LOOKED)).isTrue();
		assertThat(servedByAnother(Event.DRAINED)).isTrue();
	}

	@Test
	void aProcessWhosePeerDiedIsNotServedByAnother() {
		assertThat(servedByAnother(Event.OFFER, Event.PREDECESSOR_EOF)).isFalse();
		assertThat(servedByAnother(Event.TERMINATE, Event.DRAINED)).isFalse();
	}

	@Test
	void aProcessThatLeavesAloneIsNotServedByAnother() {
		serveFirst();
		assertThat(servedByAnother(Event.TERMINATE)).isFalse();
		assertThat(servedByAnother(Event.DRAINED)).isFalse();
	}

	private boolean servedByAnother(Event... events) {
		for (Event event : events) {
			after(1, event);
		}
		return this.recorder.snapshot().isServedByAnother();
	}

	private void serveFirst() {
		after(0, Event.CLAIMED);
		after(0, Event.APPLICATION_READY);
	}

	private Outcome offeredThen(Event... events) {
		after(1, Event.HELLO);
		for (Event event : events) {
			after(1, event);
		}
		assertThat(this.state.phase()).isEqualTo(Phase.SERVING);
		return this.completed.get(this.completed.size() - 1).outcome();
	}

	private Outcome receivedThen(SessionState from, Event... events) {
		this.state = SessionState.initial(false);
		this.completed.clear();
		after(1, Event.OFFER);
		this.state = from;
		for (Event event : events) {
			after(1, event);
		}
		return onlyCompleted().outcome();
	}

	private void after(long millis, Event event) {
		this.now += millis;
		apply(event, null);
	}

	private void apply(Event event, @Nullable PeerIdentity dialler) {
		SessionState before = this.state;
		Reaction reaction = SessionRules.apply(before, event);
		assertThat(reaction.isNamed()).as("%s in %s", event, before).isTrue();
		this.state = reaction.state();
		this.recorder.record(new Transition(before, Occurrence.of(event), reaction.actions(), this.state,
				new Transition.Facts(this.state.has(Flag.UP) ? 1 : 0, PEER, PEER, dialler, 3, 4, this.forceClosed)));
	}

	private HandoffReport onlyCompleted() {
		assertThat(this.completed).hasSize(1);
		return this.completed.get(0);
	}

	private @Nullable SuccessorPhase successorPhase() {
		var successor = this.recorder.snapshot().successor();
		return (successor != null) ? successor.phase() : null;
	}

	private static Map.Entry<HandoffReport.Step, Duration> step(HandoffReport.Step step, long millis) {
		return Map.entry(step, Duration.ofMillis(millis));
	}

	private final class ManualTime implements TimeSource {

		@Override
		public long nanoTime() {
			return Duration.ofMillis(RecorderTests.this.now).toNanos();
		}

		@Override
		public Instant instant() {
			return Instant.EPOCH.plusMillis(RecorderTests.this.now);
		}

	}

}
