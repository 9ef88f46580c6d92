package dev.handoff.internal.session;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.ControlSocketException;
import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffRefusedException;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.HandoffTimeoutException;
import dev.handoff.ListenersDroppedException;
import dev.handoff.PeerNotAllowedException;
import dev.handoff.TransferException;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * A session that dials, against a predecessor that the test plays: the rows of the
 * successor's table.
 */
@Timeout(60)
class SuccessorSessionTests {

	private final Host host = new Host();

	private ControlListener control = listen(this.host);

	private Server server = this.host.server();

	@AfterEach
	void close() {
		this.host.close();
		this.control.close();
	}

	@Test
	void takesOverStepByStep() throws IOException {
		Peer predecessor = offering();
		predecessor.assertReceived(Message.Adopted.class);
		assertThat(this.server.session().generation()).isEqualTo(5);
		this.server.listen("web");
		this.server.ready();
		assertThat(predecessor.assertReceived(Message.Ready.class).hold()).isFalse();
		assertThat(this.server.state()).isEqualTo(HandoffState.STANDBY);
		assertThat(this.server.isAccepting()).isFalse();
		predecessor.send(new Message.Released(Duration.ofSeconds(3)));
		predecessor.assertReceived(Message.Serving.class);
		assertThat(this.server.isAccepting()).isTrue();
		this.host.advance(Duration.ofMillis(2999));
		predecessor.assertSilent();
		this.host.advance(Duration.ofMillis(1));
		assertThat(predecessor.assertReceived(Message.Confirmed.class).reason())
			.isEqualTo("the observation window of 3 s is over");
		predecessor.send(new Message.Closed()).send(new Message.Progress(8));
		assertThat(this.server.session().status().predecessor())
			.isEqualTo(new HandoffStatus.Predecessor(7, Peer.ID, "1", 8));
		predecessor.send(new Message.Gone());
		predecessor.assertHungUp();
		assertThat(this.server.session().status().predecessor()).isNull();
		assertThat(this.server.report().outcome()).isEqualTo(Outcome.COMPLETED);
	}

	@Test
	void servesAtOnceIfReleasedWhileItStarts() throws IOException {
		Peer predecessor = offering();
		predecessor.send(new Message.Released(Server.WINDOW));
		this.server.ready();
		predecessor.assertReceived(Message.Adopted.class);
		predecessor.assertReceived(Message.Serving.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
	}

	@Test
	void isAloneIfThePredecessorDies() throws IOException {
		for (Step step : Step.values()) {
			Server survivor = newServer();
			Peer predecessor = predecessorAt(survivor, step);
			predecessor.die();
			survivor.ready();
			assertThat(survivor.state()).isEqualTo(HandoffState.SERVING);
			assertThat(survivor.report().outcome()).isEqualTo(Outcome.PEER_DIED);
			survivor.close();
		}
	}

	@Test
	void isAloneIfThePredecessorClosesItsCopies() throws IOException {
		for (Step step : Step.values()) {
			Server survivor = newServer();
			Peer predecessor = predecessorAt(survivor, step);
			predecessor.send(new Message.Closed()).send(new Message.Gone());
			survivor.ready();
			assertThat(survivor.state()).isEqualTo(HandoffState.SERVING);
			assertThat(survivor.report().outcome()).isEqualTo(Outcome.COMPLETED);
			survivor.close();
		}
	}

	@Test
	void leavesIfThePredecessorDecidesSo() throws IOException {
		for (Step step : Step.values()) {
			for (Message verdict : new Message[] { new Message.Abort("off"), new Message.Reclaimed("off") }) {
				Server expelled = newServer();
				predecessorAt(expelled, step).send(verdict);
				if (step == Step.SERVING && verdict instanceof Message.Abort) {
					assertThat(expelled.state()).isEqualTo(HandoffState.SERVING);
				}
				else {
					this.host.advance(Duration.ZERO);
					assertThat(expelled.state()).isEqualTo(HandoffState.TERMINATED);
					assertThat(expelled.session().exitCode()).isOne();
					assertThat(expelled.report().outcome()).isIn(Outcome.ABORTED, Outcome.EXPELLED);
				}
				expelled.close();
			}
		}
	}

	@Test
	void tellsAnApplicationThatStillStartsWhyItGetsNoListener() throws IOException {
		predecessorAt(this.server, Step.STARTING).send(new Message.Abort("not ready in time"));
		this.host.advance(Duration.ZERO);
		assertThatExceptionOfType(HandoffAbortedException.class).isThrownBy(() -> this.server.listen("late"))
			.withMessage("The predecessor aborted the handoff and serves on: not ready in time");
	}

	@Test
	void isAloneIfTheJudgeDiesAfterItsVerdict() throws IOException {
		for (Step step : Step.values()) {
			Server survivor = newServer();
			Peer predecessor = predecessorAt(survivor, step);
			this.host.pause(survivor.transport());
			predecessor.sendOnly(new Message.Reclaimed("off"));
			predecessor.close();
			this.host.resume(survivor.transport());
			survivor.ready();
			assertThat(survivor.state()).isEqualTo(HandoffState.SERVING);
			assertThat(survivor.report().outcome()).isEqualTo(Outcome.PEER_DIED);
			survivor.close();
		}
	}

	@Test
	void leavesOrServesOnIfThePredecessorSendsGarbage() throws IOException {
		for (Step step : Step.values()) {
			Server failed = newServer();
			Peer predecessor = predecessorAt(failed, step).garbage();
			predecessor.assertReceived(Message.Abort.class);
			this.host.advance(Duration.ZERO);
			assertThat(failed.state()).isEqualTo(HandoffState.TERMINATED);
			assertThat(failed.session().exitCode()).isOne();
		}
		Server confirmed = newServer();
		Peer predecessor = predecessorAt(confirmed, Step.SERVING);
		this.host.advance(Server.WINDOW);
		predecessor.assertReceived(Message.Confirmed.class);
		predecessor.garbage();
		assertThat(confirmed.state()).isEqualTo(HandoffState.SERVING);
	}

	@Test
	void abortsIfToldTo() throws IOException {
		for (Step step : new Step[] { Step.STARTING, Step.READY }) {
			Server aborting = newServer();
			Peer predecessor = predecessorAt(aborting, step);
			assertThat(aborting.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_EARLY);
			assertThat(aborting.request(HandoffCommand.ABORT)).isEqualTo(Verdict.APPLIED);
			predecessor.assertReceived(Message.Abort.class);
			predecessor.assertHungUp();
			Server terminating = newServer();
			predecessorAt(terminating, step);
			terminating.terminate();
			this.host.advance(Duration.ZERO);
			assertThat(terminating.state()).isEqualTo(HandoffState.TERMINATED);
			assertThat(terminating.session().exitCode()).isZero();
		}
	}

	@Test
	void servesIfThePredecessorDoesNotRelease() throws IOException {
		Peer predecessor = predecessorAt(this.server, Step.READY);
		this.host.advance(Server.STEP.minusMillis(1));
		assertThat(this.server.state()).isEqualTo(HandoffState.STANDBY);
		this.host.advance(Duration.ofMillis(1));
		predecessor.assertReceived(Message.Serving.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		predecessor.send(new Message.Released(Server.WINDOW)).assertSilent();
	}

	@Test
	void isNotReadyWhileItLeavesOutAListenerOfThePredecessor() throws IOException {
		Peer predecessor = offering();
		predecessor.assertReceived(Message.Adopted.class);
		assertThatExceptionOfType(ListenersDroppedException.class).isThrownBy(this.server::ready)
			.withMessageContaining("Process 7 serves listener 'web' at ");
		predecessor.assertSilent();
		this.server.listen("web");
		this.server.ready();
		predecessor.assertReceived(Message.Ready.class);
	}

	@Test
	void mayLeaveOutAListenerOfThePredecessorIfThatIsMeant() throws IOException {
		this.server = this.host.server((options) -> options.allowDroppedListeners(true));
		Peer predecessor = offering();
		predecessor.assertReceived(Message.Adopted.class);
		this.server.ready();
		predecessor.assertReceived(Message.Ready.class);
	}

	@Test
	void asksForTheReleaseWhenToldToIfItIsManual() throws IOException {
		this.server = this.host.server((options) -> options.manualRelease(true));
		Peer predecessor = offering();
		predecessor.assertReceived(Message.Adopted.class);
		this.server.listen("web");
		this.server.ready();
		assertThat(predecessor.assertReceived(Message.Ready.class).hold()).isTrue();
		this.host.advance(Server.READY.multipliedBy(10));
		assertThat(this.server.state()).isEqualTo(HandoffState.STANDBY);
		assertThat(this.server.request(HandoffCommand.RELEASE)).isEqualTo(Verdict.APPLIED);
		assertThat(predecessor.assertReceived(Message.Ready.class).hold()).isFalse();
		assertThat(this.server.request(HandoffCommand.RELEASE)).isEqualTo(Verdict.TOO_LATE);
	}

	@Test
	void asksThePredecessorToReclaim() throws Exception {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		CompletableFuture<CommandResult> asked = this.server.session().request(HandoffCommand.RECLAIM);
		this.host.settle();
		predecessor.assertReceived(Message.Reclaim.class);
		CompletableFuture<CommandResult> again = this.server.session().request(HandoffCommand.RECLAIM);
		this.host.settle();
		predecessor.assertSilent();
		assertThat(this.server.isAccepting()).isTrue();
		predecessor.send(new Message.Reclaimed("as asked"));
		assertThat(Server.get(asked).verdict()).isEqualTo(Verdict.APPLIED);
		assertThat(Server.get(again).verdict()).isEqualTo(Verdict.APPLIED);
		assertThat(this.server.report().outcome()).isEqualTo(Outcome.RECLAIMED);
	}

	@Test
	void givesTheListenersBackIfItCanAcceptNothing() throws Exception {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		// For a moment only.
		this.server.transport().full(true);
		this.host.advance(Duration.ofMillis(100));
		this.host.advance(Duration.ofMillis(900));
		this.server.transport().full(false);
		this.host.advance(Duration.ofMillis(100));
		this.server.transport().full(true);
		this.host.advance(Duration.ofMillis(100));
		this.host.advance(Duration.ofMillis(900));
		predecessor.assertSilent();
		this.host.advance(Duration.ofMillis(100));
		assertThat(predecessor.assertReceived(Message.Reclaim.class).reason()).contains("no free descriptor for 1 s",
				"ulimit -n");
		predecessor.send(new Message.Reclaimed("as asked"));
		this.host.advance(Duration.ZERO);
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(this.server.session().exitCode()).isOne();
	}

	@Test
	void givesTheListenersBackBeforeAShortWindowEnds() throws Exception {
		Peer predecessor = offering().send(new Message.Released(Duration.ofMillis(400)));
		this.server.transport().full(true);
		this.server.ready();
		predecessor.assertReceived(Message.Adopted.class);
		predecessor.assertReceived(Message.Serving.class);
		this.host.advance(Duration.ofMillis(200));
		predecessor.assertReceived(Message.Reclaim.class);
		this.host.advance(Server.STEP);
		predecessor.assertSilent();
	}

	@Test
	void servesOnIfNobodyAnswersTheReclaim() throws Exception {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		CompletableFuture<CommandResult> asked = this.server.session().request(HandoffCommand.RECLAIM);
		this.host.advance(Server.STEP);
		predecessor.assertReceived(Message.Reclaim.class);
		assertThat(Server.get(asked).verdict()).isEqualTo(Verdict.NO_ANSWER);
		assertThat(this.server.isAccepting()).isTrue();
		asked = this.server.session().request(HandoffCommand.RECLAIM);
		predecessor.send(new Message.Closed());
		assertThat(Server.get(asked).verdict()).isEqualTo(Verdict.TOO_LATE);
		assertThat(this.server.request(HandoffCommand.RECLAIM)).isEqualTo(Verdict.TOO_LATE);
	}

	@Test
	void tellsWhoAskedForAReclaimThatThePredecessorDied() throws Exception {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		CompletableFuture<CommandResult> asked = this.server.session().request(HandoffCommand.RECLAIM);
		this.host.settle();
		predecessor.die();
		assertThat(Server.get(asked).verdict()).isEqualTo(Verdict.FAILED);
	}

	@Test
	void givesTheListenersBackWhenToldToTerminate() throws IOException {
		for (Message answer : new Message[] { new Message.Reclaimed("as asked"), new Message.Closed() }) {
			Server terminating = newServer();
			Peer predecessor = predecessorAt(terminating, Step.SERVING);
			terminating.terminate();
			predecessor.assertReceived(Message.Reclaim.class);
			assertThat(terminating.isAccepting()).isTrue();
			predecessor.send(answer);
			this.host.advance(Duration.ZERO);
			assertThat(terminating.state()).isEqualTo(HandoffState.TERMINATED);
			assertThat(terminating.session().exitCode()).isZero();
		}
	}

	@Test
	void leavesIfNobodyAnswersWhenToldToTerminate() throws IOException {
		predecessorAt(this.server, Step.SERVING);
		this.server.terminate();
		this.host.advance(Server.STEP);
		this.host.advance(Duration.ZERO);
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(this.server.report().outcome()).isEqualTo(Outcome.TIMED_OUT);
		Server second = newServer();
		Peer dying = predecessorAt(second, Step.SERVING);
		second.terminate();
		dying.die();
		this.host.advance(Duration.ZERO);
		assertThat(second.state()).isEqualTo(HandoffState.TERMINATED);
	}

	@Test
	void holdsAThirdGenerationUntilItIsAlone() throws IOException {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		Peer third = this.host.dialler().hello();
		assertThat(predecessor.assertReceived(Message.Confirmed.class).reason())
			.isEqualTo("a successor asked for the listeners");
		third.assertSilent();
		this.host.dialler().hello().assertRefused(Refused.Reason.BUSY);
		predecessor.send(new Message.Closed());
		third.assertOffered();
	}

	@Test
	void refusesAHeldDiallerAfterAStep() throws IOException {
		predecessorAt(this.server, Step.SERVING);
		Peer third = this.host.dialler().hello();
		this.host.advance(Server.STEP);
		third.assertRefused(Refused.Reason.BUSY);
		Peer impatient = this.host.dialler().hello().die();
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		impatient.close();
		Peer fourth = this.host.dialler().hello();
		this.server.terminate();
		this.host.advance(Server.STEP.minusMillis(1));
		fourth.assertSilent();
		this.host.advance(Duration.ofMillis(1));
		fourth.assertRefused(Refused.Reason.BUSY);
	}

	@Test
	void refusesAHeldDiallerWhenExpelled() throws IOException {
		Peer predecessor = predecessorAt(this.server, Step.SERVING);
		Peer third = this.host.dialler().hello();
		predecessor.send(new Message.Reclaimed("off"));
		third.assertRefused(Refused.Reason.BUSY);
	}

	@Test
	void refusesDiallersWhileItStartsAlone() throws IOException {
		offering().send(new Message.Closed()).send(new Message.Gone());
		this.host.dialler().hello().assertRefused(Refused.Reason.NOT_READY);
		assertThat(this.server.request(HandoffCommand.RELEASE)).isEqualTo(Verdict.NO_HANDOFF);
		this.server.terminate();
		this.host.advance(Duration.ZERO);
		assertThat(this.server.state()).isEqualTo(HandoffState.TERMINATED);
	}

	@Test
	void failsToStartIfRefused() throws IOException {
		dialled(this.server).send(new Refused(Refused.Reason.BUSY, "later", Server.STEP));
		assertThat(this.server.failure(HandoffRefusedException.class).getRetryAfter()).contains(Server.STEP);
		dialled(newServer()).send(new Message.Abort("off"));
		assertThat(this.server.failure(HandoffAbortedException.class)).hasMessageContaining("off");
		dialled(newServer()).garbage();
		assertThat(this.server.failure(TransferException.class)).isNotNull();
		assertThat(this.server.session().exitCode()).isOne();
	}

	@Test
	void dialsAgainAfterAPauseIfThePredecessorHangsUp() throws IOException {
		Peer first = dialled(this.server);
		first.assertReceived(Message.Hello.class);
		first.die();
		this.host.settle();
		assertThat(this.host.held().orElseThrow().waiting()).isZero();
		this.host.advance(Duration.ofMillis(20));
		assertThat(this.host.held().orElseThrow().waiting()).isOne();
	}

	@Test
	void failsToStartIfNothingIsOfferedInTime() throws IOException {
		Peer predecessor = dialled(this.server);
		this.host.advance(Server.CONNECT);
		assertThat(this.server.failure(HandoffTimeoutException.class).getTimeout()).isEqualTo(Server.CONNECT);
		predecessor.assertReceived(Message.Hello.class);
		predecessor.assertHungUp();
	}

	@Test
	void failsToStartIfToldToTerminate() throws IOException {
		dialled(this.server);
		this.server.terminate();
		assertThat(this.server.failure(HandoffAbortedException.class)).hasMessageStartingWith("This process gave up")
			.hasMessageContaining("told to terminate");
	}

	@Test
	void failsToStartIfThePredecessorListensElsewhere() throws IOException {
		this.server.transport().keepPathsApart();
		offering().assertReceived(Message.Abort.class);
		assertThat(this.server.failure(TransferException.class))
			.hasMessageContaining("listens on control socket '/tmp/")
			.hasMessageContaining("not on '/nowhere/shop.sock'");
	}

	@Test
	void failsToStartIfTheOfferIsBad() throws IOException {
		Peer predecessor = dialled(this.server).offer(this.control, 1);
		predecessor.assertReceived(Message.Abort.class);
		assertThat(this.server.failure(TransferException.class)).hasMessageContaining("'web'");
		newServer().transport().fail(MemoryTransport.Call.ADOPT, new IOException("no more descriptors"));
		dialled(this.server).offer(this.control);
		assertThat(this.server.failure(TransferException.class)).hasMessageContaining("no more descriptors");
	}

	@Test
	void failsToStartIfThePredecessorIsNotTrusted() throws IOException {
		this.control.close();
		this.host.peerUid(4711);
		this.control = listen(this.host);
		this.server.begin();
		assertThat(this.server.failure(PeerNotAllowedException.class)).hasMessageContaining("4711");
		newServer((options) -> options.allowedPeerUids(Set.of(4711L)));
		assertThat(this.server.begin().isStarting()).isTrue();
	}

	@Test
	void failsToStartIfTheControlSocketCannotBeUsed() {
		this.server.transport()
			.fail(MemoryTransport.Call.DIAL,
					new ControlSocketException(Path.of("/x"), "not safe", "make it safe", null));
		this.server.begin();
		assertThat(this.server.failure(ControlSocketException.class)).hasMessageContaining("not safe");
	}

	@Test
	void dialsAgainIfDiallingFails() throws IOException {
		this.server.transport().fail(MemoryTransport.Call.DIAL, new IOException("busy"), new IOException("busy"));
		this.server.begin();
		this.host.advance(Duration.ofMillis(20));
		this.host.advance(Duration.ofMillis(20));
		accepted().offer(this.control);
		this.server.started();
	}

	@Test
	void tellsTheLastProblemIfDiallingGoesOnFailing() {
		IOException[] problems = new IOException[3];
		Arrays.setAll(problems, (i) -> new IOException("busy"));
		this.server.transport().fail(MemoryTransport.Call.DIAL, problems);
		this.server.begin();
		this.host.advance(Duration.ofMillis(20));
		this.host.advance(Server.CONNECT);
		assertThat(this.server.failure(HandoffTimeoutException.class)).hasRootCauseMessage("busy");
	}

	@Test
	void dialsAgainIfHungUpOn() throws IOException {
		dialled(this.server).die();
		this.host.advance(Duration.ofMillis(20));
		accepted().offer(this.control);
		this.server.started();
	}

	@Test
	void bindsAfreshIfNobodyHoldsTheSocket() throws IOException {
		this.control.close();
		this.server.transport().fail(MemoryTransport.Call.CLAIM, new IOException("lock is taken"));
		this.server.begin();
		this.host.advance(Duration.ofMillis(20));
		this.server.started();
		this.server.listen("web");
		assertThat(this.server.isAccepting()).isTrue();
		assertThat(this.server.ready().state()).isEqualTo(HandoffState.SERVING);
	}

	@Test
	void takesTheChannelThatItWasGiven() throws IOException {
		MemoryChannel channel = MemoryChannel.open(this.host, new ControlChannel.PeerCredentials(Host.UID, 1));
		this.server.transport().inherit(channel.other());
		this.server.begin();
		this.host.played(channel).offer(this.control);
		this.server.started();
	}

	private static ControlListener listen(Host host) {
		try {
			return host.claim().orElseThrow();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Server newServer() {
		return newServer((options) -> {
		});
	}

	private Server newServer(Consumer<HandoffOptions.Builder> customizer) {
		this.server = this.host.server(customizer);
		return this.server;
	}

	private Peer offering() throws IOException {
		return dialled(this.server).offer(this.control);
	}

	private Peer dialled(Server dialling) throws IOException {
		dialling.begin();
		return accepted();
	}

	private Peer accepted() throws IOException {
		return this.host.played((MemoryChannel) this.control.accept().orElseThrow());
	}

	private Peer predecessorAt(Server successor, Step step) throws IOException {
		Peer predecessor = dialled(successor).offer(this.control);
		predecessor.assertReceived(Message.Adopted.class);
		successor.listen("web");
		if (step.compareTo(Step.READY) >= 0) {
			successor.ready();
			predecessor.assertReceived(Message.Ready.class);
		}
		if (step == Step.SERVING) {
			predecessor.send(new Message.Released(Server.WINDOW));
			predecessor.assertReceived(Message.Serving.class);
		}
		return predecessor;
	}

	private enum Step {

		STARTING, READY, SERVING

	}

}
