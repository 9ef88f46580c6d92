package dev.handoff.internal.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffState;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A session that serves, against a successor that the test plays: the rows of the
 * predecessor's table.
 */
@Timeout(60)
class PredecessorSessionTests {

	private final Host host = new Host();

	private final Server server = this.host.serving();

	@AfterEach
	void close() {
		this.host.close();
	}

	@Test
	void completesAHandoffStepByStep() {
		this.server.connections(3);
		Peer successor = offered();
		assertThat(this.server.state()).isEqualTo(HandoffState.OFFERING);
		successor.send(new Message.Adopted());
		assertThat(this.server.isAccepting()).isTrue();
		successor.send(new Message.Ready(false));
		assertThat(this.server.isAccepting()).isFalse();
		assertThat(successor.assertReceived(Message.Released.class).window()).isEqualTo(Server.WINDOW);
		assertThat(this.server.state()).isEqualTo(HandoffState.OBSERVING);
		successor.send(new Message.Serving());
		assertThat(this.server.drain()).containsExactly("start");
		successor.send(new Message.Confirmed(""));
		successor.assertReceived(Message.Closed.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.DRAINING);
		assertThat(successor.assertReceived(Message.Progress.class).remaining()).isEqualTo(3);
		this.server.connections(0);
		this.host.advance(Server.STEP);
		successor.assertReceived(Message.Gone.class);
		successor.assertHungUp();
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(this.server.report().outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void refusesAnotherDiallerMeanwhile() {
		Peer successor = offered();
		this.host.dialler().hello().assertRefused(Refused.Reason.BUSY);
		successor.send(new Message.Adopted());
		this.host.dialler().hello().assertRefused(Refused.Reason.BUSY);
		assertThat(this.server.session().status().history()).extracting((report) -> report.outcome())
			.containsOnly(Outcome.REFUSED);
	}

	@Test
	void aControlSocketThatHasLostItsFileIsMadeAgain() {
		MemorySocket first = this.host.held().orElseThrow();
		synchronized (this.host) {
			first.remove();
			assertThat(this.host.held()).isEmpty();
		}
		this.host.advance(Duration.ofSeconds(10));
		assertThat(this.host.held()).get().isNotSameAs(first);
		offered().send(new Message.Abort("enough"));
	}

	@Test
	void aControlSocketThatCannotBeMadeAgainIsTriedAgain() {
		this.server.transport().fail(MemoryTransport.Call.CLAIM, new IOException("No space left on device"));
		synchronized (this.host) {
			this.host.held().orElseThrow().remove();
		}
		this.host.advance(Duration.ofSeconds(10));
		assertThat(this.host.held()).isEmpty();
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		this.host.advance(Duration.ofSeconds(10));
		offered();
	}

	@Test
	void aControlSocketThatIsAnotherProcessesNowIsLeftToIt() {
		synchronized (this.host) {
			this.host.held().orElseThrow().remove();
		}
		this.host.server().start();
		MemorySocket other = this.host.held().orElseThrow();
		this.host.advance(Duration.ofSeconds(20));
		assertThat(this.host.held()).containsSame(other);
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
	}

	@Test
	void whileAHandoffIsUnderWayTheControlSocketStays() {
		Peer successor = offered();
		synchronized (this.host) {
			this.host.held().orElseThrow().remove();
		}
		this.host.advance(Duration.ofMillis(1));
		assertThat(this.host.held()).isEmpty();
		successor.send(new Message.Abort("enough"));
		this.host.advance(Duration.ofSeconds(10));
		assertThat(this.host.held()).isPresent();
	}

	@Test
	void silentDiallersDoNotKeepASuccessorWaiting() {
		List<Peer> silent = Stream.generate(this.host::dialler).limit(40).toList();
		offered();
		silent.subList(0, 20).forEach(Peer::assertHungUp);
		silent.get(39).assertSilent();
	}

	@Test
	void aLongFrameIsNotWaitedForFromSomebodyUnknown() {
		this.host.dialler().announce(FrameCodec.MAX_FIRST_PAYLOAD + 1).assertRefused(Refused.Reason.VERSION);
		offered();
	}

	@Test
	void whatASuccessorSaysCannotSteerATerminal() {
		Peer successor = offered();
		successor.send(new Message.Abort("all is well\n\u001b[2J\u202efine"));
		assertThat(this.server.report().reason()).contains("all is well\\u000a\\u001b[2J\\u202efine");
	}

	@Test
	void servesOnIfTheSuccessorDies() {
		for (int step = 0; step < 4; step++) {
			successorThatDid(step).die();
			assertServesAgain(Outcome.PEER_DIED);
		}
		assertThat(this.server.drain()).containsExactly("start", "cancel");
	}

	@Test
	void servesOnIfTheSuccessorAborts() {
		for (int step = 0; step < 4; step++) {
			Peer successor = successorThatDid(step);
			successor.send(new Message.Abort("bad configuration"));
			assertServesAgain((step < 2) ? Outcome.ABORTED : Outcome.RECLAIMED);
			if (step >= 2) {
				successor.assertReceived(Message.Reclaimed.class);
			}
			assertThat(this.server.report().reason()).isEqualTo("the successor gave up: bad configuration");
		}
	}

	@Test
	void servesOnIfTheSuccessorSendsGarbage() {
		for (int step = 0; step < 4; step++) {
			Peer successor = successorThatDid(step).garbage();
			successor.assertReceived(verdictAfter(step));
			assertServesAgain((step < 2) ? Outcome.ABORTED : Outcome.RECLAIMED);
		}
	}

	@Test
	void servesOnIfTheChannelBreaks() {
		for (int step = 0; step < 4; step++) {
			successorThatDid(step).breakChannel().send(new byte[1]);
			assertServesAgain((step < 2) ? Outcome.ABORTED : Outcome.RECLAIMED);
		}
	}

	@Test
	void servesOnIfTheSuccessorFallsSilent() {
		List<Outcome> outcomes = List.of(Outcome.TIMED_OUT, Outcome.TIMED_OUT, Outcome.RECLAIMED, Outcome.RECLAIMED);
		for (int step = 0; step < 4; step++) {
			Peer successor = successorThatDid(step);
			this.host.advance(List.of(Server.STEP, Server.READY, Server.STEP, Server.WINDOW.plus(Server.STEP))
				.get(step)
				.minusMillis(1));
			assertThat(this.server.state()).isEqualTo((step < 2) ? HandoffState.OFFERING : HandoffState.OBSERVING);
			this.host.advance((step < 3) ? Duration.ofMillis(1) : Server.STEP.plusMillis(1));
			successor.assertReceived(verdictAfter(step));
			assertServesAgain(outcomes.get(step));
		}
	}

	@Test
	void reclaimsAsTheSuccessorAsks() {
		for (int step = 2; step < 4; step++) {
			Peer successor = successorThatDid(step).send(new Message.Reclaim("health"));
			assertThat(successor.assertReceived(Message.Reclaimed.class).reason()).contains("health");
			assertServesAgain(Outcome.RECLAIMED);
		}
	}

	@Test
	void believesAReclaimThatComesWithTheConfirmation() {
		Peer successor = successorThatDid(3);
		ByteBuffer both = ByteBuffer.allocate(256)
			.put(FrameCodec.encode(new Message.Confirmed("")))
			.put(FrameCodec.encode(new Message.Reclaim("at the last moment")))
			.flip();
		successor.send(both, List.of());
		successor.assertReceived(Message.Reclaimed.class);
		assertServesAgain(Outcome.RECLAIMED);
	}

	@Test
	void obeysItsOperator() {
		assertThat(this.server.request(HandoffCommand.ABORT)).isEqualTo(Verdict.NO_HANDOFF);
		Peer successor = successorThatDid(0);
		assertThat(this.server.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_EARLY);
		assertThat(this.server.request(HandoffCommand.RELEASE)).isEqualTo(Verdict.TOO_EARLY);
		assertThat(this.server.request(HandoffCommand.ABORT)).isEqualTo(Verdict.APPLIED);
		successor.assertReceived(Message.Abort.class);
		assertServesAgain(Outcome.ABORTED);
		successor = successorThatDid(2);
		assertThat(this.server.request(HandoffCommand.ABORT)).isEqualTo(Verdict.TOO_LATE);
		assertThat(this.server.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.APPLIED);
		successor.assertReceived(Message.Reclaimed.class);
		assertServesAgain(Outcome.RECLAIMED);
	}

	@Test
	void waitsForTheOperatorIfTheSuccessorHolds() {
		Peer successor = successorThatDid(1).send(new Message.Ready(true));
		this.host.advance(Server.READY.multipliedBy(10));
		successor.assertSilent();
		assertThat(this.server.request(HandoffCommand.RELEASE)).isEqualTo(Verdict.APPLIED);
		successor.assertReceived(Message.Released.class);
	}

	@Test
	void aSuccessorThatAsksAndDoesNotReadIsGivenUp() {
		Peer successor = offered().stopReading();
		for (int i = 0; i < 1001; i++) {
			assertThat(this.server.state()).isEqualTo(HandoffState.OFFERING);
			successor.unknown();
		}
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		assertThat(this.server.report().reason()).contains("does not read");
		assertThat(this.server.isAccepting()).isTrue();
	}

	@Test
	void keepsTheChannelOfAVerdictUntilTheNextHandoff() {
		Peer former = successorThatDid(2);
		assertThat(this.server.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.APPLIED);
		former.assertReceived(Message.Reclaimed.class);
		former.send(new Message.Serving()).assertSilent();
		former.unknown().assertSilent();
		offered();
		former.assertReceived(Message.Gone.class);
		former.assertHungUp();
	}

	@Test
	void forgetsAFormerSuccessorThatLeaves() {
		successorThatDid(1).garbage().die();
		offered();
	}

	@Test
	void givesItsListenersUpWhenToldToTerminate() {
		Peer successor = successorThatDid(1);
		this.server.connections(1).terminate();
		successor.assertReceived(Message.Released.class);
		successor.assertReceived(Message.Closed.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.DRAINING);
	}

	@Test
	void givesItsListenersUpWhenToldToTerminateAfterTheRelease() {
		for (int step = 2; step < 4; step++) {
			Host another = new Host();
			Server terminating = another.serving();
			Peer successor = successorThatDid(another, step);
			terminating.connections(1).terminate();
			successor.assertReceived(Message.Closed.class);
			assertThat(terminating.state()).isEqualTo(HandoffState.DRAINING);
			another.close();
		}
	}

	@Test
	void tellsWhyTheWindowWasCutShort() {
		List<String> reasons = new CopyOnWriteArrayList<>();
		this.server.session().observers().add((change) -> reasons.add(change.reason()));
		Peer successor = successorThatDid(3).send(new Message.Confirmed("another one has dialled"));
		successor.assertReceived(Message.Closed.class);
		Awaitility.await()
			.until(() -> reasons.contains(
					"the successor confirmed before the observation window of 10 s was over: another one has dialled"));
	}

	@Test
	void closesWhatIsLeftWhenTheDrainRunsOut() {
		this.server.connections(2);
		Peer successor = successorThatDid(3).send(new Message.Confirmed(""));
		this.host.advance(Server.DRAIN.minusMillis(500));
		assertThat(this.server.drain()).containsExactly("start", "close idle");
		assertThat(this.server.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_LATE);
		successor.assertReceived(Message.Closed.class);
		this.host.advance(Duration.ofMillis(500));
		assertThat(this.server.drain()).endsWith("force");
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(this.server.report().forceClosed()).containsEntry("request", 2);
	}

	@Test
	void drainsOnWhenItsSuccessorIsGone() {
		Peer successor = successorThatDid(3);
		this.server.connections(2);
		successor.send(new Message.Confirmed("")).send(new Message.Serving()).garbage().die();
		assertThat(this.server.state()).isEqualTo(HandoffState.DRAINING);
	}

	@Test
	void leavesAtOnceWhenAloneAndIdle() {
		this.server.terminate();
		this.host.advance(Duration.ZERO);
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(this.server.session().exitCode()).isZero();
		assertThat(this.server.request(HandoffCommand.ABORT)).isEqualTo(Verdict.NO_HANDOFF);
	}

	@Test
	void leavesWhenItsConnectionsHaveHadTheirTime() {
		Peer former = successorThatDid(1).garbage();
		former.assertReceived(Message.Abort.class);
		this.server.connections(1).terminate();
		former.assertReceived(Message.Gone.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.DRAINING);
		this.host.advance(Server.DRAIN);
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
	}

	@Test
	void offersOnceTheSuccessorReads() {
		Peer slow = this.host.dialler().stopReading().hello();
		assertThat(this.server.state()).isEqualTo(HandoffState.OFFERING);
		slow.readAgain().assertOffered();
	}

	@Test
	void closesNoDescriptorThatWaitsToBeWritten() {
		Peer slow = this.host.dialler().stopReading().hello();
		this.server.terminate();
		assertThat(this.server.state()).isEqualTo(HandoffState.OFFERING);
		slow.readAgain().assertOffered();
		slow.assertReceived(Message.Released.class);
		slow.assertReceived(Message.Closed.class);
	}

	@Test
	void dropsProgressThatWouldHaveToWait() {
		this.server.connections(5);
		Peer slow = successorThatDid(3).stopReading().send(new Message.Confirmed(""));
		this.server.connections(4);
		this.host.advance(Server.STEP);
		slow.readAgain();
		slow.assertReceived(Message.Closed.class);
		this.server.connections(2);
		this.host.advance(Server.STEP);
		assertThat(slow.assertReceived(Message.Progress.class).remaining()).isIn(2, 4);
	}

	@Test
	void answersAMessageThatItDoesNotKnow() {
		Peer successor = successorThatDid(1).unknown();
		assertThat(successor.assertReceived(Message.Unrecognized.class).type()).isEqualTo(200);
		successor.send(new Message.Unrecognized(99)).send(new Message.Gone()).assertSilent();
		assertThat(this.server.state()).isEqualTo(HandoffState.OFFERING);
	}

	private Peer offered() {
		return successorThatDid(0);
	}

	private Peer successorThatDid(int steps) {
		return successorThatDid(this.host, steps);
	}

	/**
	 * A successor that was offered and took so many steps: ADOPTED, READY, SERVING,
	 * CONFIRMED.
	 */
	private static Peer successorThatDid(Host host, int steps) {
		Peer successor = host.dialler().hello().assertOffered();
		List<Message> messages = List.of(new Message.Adopted(), new Message.Ready(false), new Message.Serving());
		messages.subList(0, Math.min(steps, 3)).forEach(successor::send);
		if (steps >= 2) {
			successor.assertReceived(Message.Released.class);
		}
		return successor;
	}

	private static Class<? extends Message> verdictAfter(int steps) {
		return (steps < 2) ? Message.Abort.class : Message.Reclaimed.class;
	}

	private void assertServesAgain(Outcome outcome) {
		this.host.settle();
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		assertThat(this.server.isAccepting()).isTrue();
		assertThat(this.server.report().outcome()).isEqualTo(outcome);
	}

	@Test
	void doesNotWaitForWhatIsClosedLast() {
		this.server.session().drains().registerLast(() -> 1);
		this.server.terminate();
		this.host.settle();
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
	}

}
