package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffState;
import dev.handoff.LaunchedSuccessor;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Request.Operation;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.testsupport.BusyCommonPool;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Diallers of a session that serves which are no successors: operators, silent ones,
 * strangers.
 */
@Timeout(60)
class OperatorSessionTests {

	private final Host host = new Host();

	private final Server server = this.host.serving();

	@AfterEach
	void close() {
		this.host.close();
	}

	@Test
	void tellsTheStatus() {
		Peer operator = this.host.dialler().request(Operation.STATUS);
		Message.Status status = operator.assertReceived(Message.Status.class);
		assertThat(status.state()).isEqualTo(HandoffState.SERVING);
		assertThat(status.generation()).isZero();
		assertThat(status.instanceId()).isEqualTo(this.server.session().instanceId());
		assertThat(status.text()).contains("state: SERVING", "listeners: name web", "gateOpen true");
		operator.assertHungUp();
	}

	@Test
	void saysWhyACommandDoesNotApply() {
		for (Operation operation : List.of(Operation.RELEASE, Operation.ABORT, Operation.RECLAIM, Operation.WAIT)) {
			assertAnswered(this.host.dialler().request(operation), Verdict.NO_HANDOFF);
		}
		assertAnswered(this.host.dialler().request(Operation.WAIT, "unknown"), Verdict.NO_HANDOFF);
		assertAnswered(this.host.dialler().request(Operation.TRIGGER), Verdict.NOT_CONFIGURED);
	}

	@Test
	void tellsThoseWhoWaitHowTheHandoffEnded() {
		Peer successor = this.host.dialler().hello().assertOffered();
		String id = String.valueOf(this.server.session().status().currentHandoff());
		Peer waiting = this.host.dialler().request(Operation.WAIT);
		Peer naming = this.host.dialler().request(Operation.WAIT, id);
		waiting.assertSilent();
		assertAnswered(this.host.dialler().request(Operation.TRIGGER), Verdict.NOT_CONFIGURED);
		assertAnswered(this.host.dialler().request(Operation.ABORT), Verdict.APPLIED);
		successor.assertReceived(Message.Abort.class);
		for (Peer operator : List.of(waiting, naming, this.host.dialler().request(Operation.WAIT, id))) {
			assertThat(operator.assertReceived(Message.Report.class).outcome()).isEqualTo(Outcome.ABORTED);
			operator.assertHungUp();
		}
		assertThat(Server.get(this.server.session().report(id)).outcome()).isEqualTo(Outcome.ABORTED);
	}

	@Test
	void triggersOneSuccessorAtATime() {
		this.server.session().launches().onTrigger(() -> new CommandResult(Verdict.APPLIED, "started", null));
		assertThat(Server.get(this.server.session().trigger()).verdict()).isEqualTo(Verdict.APPLIED);
		this.server.session().launches().onTrigger(() -> {
			throw new IllegalStateException("no such program");
		});
		assertThat(Server.get(this.server.session().trigger()).verdict()).isEqualTo(Verdict.FAILED);
		this.host.dialler().hello().assertOffered();
		assertAnswered(this.host.dialler().request(Operation.TRIGGER), Verdict.BUSY);
	}

	@Test
	void letsAtMost64OperatorsWait() {
		this.host.dialler().hello().assertOffered();
		for (int i = 0; i < 64; i++) {
			this.host.dialler().request(Operation.WAIT).assertSilent();
		}
		Peer oneTooMany = this.host.dialler().request(Operation.WAIT);
		oneTooMany.assertRefused(Refused.Reason.BUSY);
	}

	@Test
	void hangsUpOnAnOperatorThatDoesNotRead() {
		Peer slow = this.host.dialler().stopReading().request(Operation.STATUS);
		this.host.advance(Server.STEP);
		slow.readAgain().assertHungUp();
		Peer patient = this.host.dialler().stopReading().request(Operation.STATUS);
		patient.readAgain().assertReceived(Message.Status.class);
	}

	@Test
	void forgetsAnOperatorThatFails() {
		this.host.dialler().hello().assertOffered();
		this.host.dialler().request(Operation.WAIT).die();
		this.host.dialler().request(Operation.WAIT).garbage().assertHungUp();
		this.host.dialler().request(Operation.WAIT).breakChannel().send(new byte[1]).assertHungUp();
		this.host.dialler().request(Operation.WAIT).send(new Message.Gone()).assertSilent();
		assertAnswered(this.host.dialler().request(Operation.ABORT), Verdict.APPLIED);
	}

	@Test
	void refusesAnOperatorOfAnotherVersion() {
		this.host.dialler()
			.send(new Request(90, 99, Operation.STATUS, "", Request.Format.TEXT))
			.assertRefused(Refused.Reason.VERSION);
	}

	@Test
	void refusesADiallerThatIsNoSuccessor() {
		this.host.dialler()
			.send(new Message.Hello(90, 99, 0, 7, "x", "shop", "1", "net"))
			.assertRefused(Refused.Reason.VERSION);
		this.host.dialler()
			.send(new Message.Hello(1, 1, 0, 7, "x", "other", "1", "net"))
			.assertRefused(Refused.Reason.OTHER_APPLICATION);
		this.host.dialler().send(new Message.Gone()).assertRefused(Refused.Reason.VERSION);
		this.host.dialler().garbage().assertRefused(Refused.Reason.VERSION);
		this.host.dialler(4711).hello().assertRefused(Refused.Reason.FORBIDDEN);
		Peer newer = this.host.dialler().unknown();
		newer.assertReceived(Message.Unrecognized.class);
		newer.assertHungUp();
		this.host.dialler().die();
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
	}

	@Test
	void refusesASuccessorOfAnotherNetworkNamespaceAtOnceAndNamesBoth() {
		Peer stranger = this.host.dialler().send(new Message.Hello(1, 1, 0, 7, "x", "shop", "1", "net:[1]"));
		Refused refused = stranger.assertReceived(Refused.class);
		assertThat(refused.reason()).isEqualTo(Refused.Reason.OTHER_NETWORK);
		assertThat(refused.detail()).contains("net:[1]", NetworkNamespace.current());
		stranger.assertHungUp();
	}

	@Test
	void refusesADiallerThatStaysSilent() {
		Peer silent = this.host.dialler();
		Peer truncated = this.host.dialler().send(new byte[] { 'H', 'O', 'F', 'F', 1 });
		this.host.advance(Server.STEP.minusMillis(1));
		silent.assertSilent();
		this.host.advance(Duration.ofMillis(1));
		silent.assertRefused(Refused.Reason.BUSY);
		truncated.assertRefused(Refused.Reason.BUSY);
	}

	@Test
	void acceptsAgainWhenThatHasFailed() {
		synchronized (this.host) {
			this.host.held().orElseThrow().failAccept(1);
		}
		Peer successor = this.host.dialler().hello();
		successor.assertSilent();
		this.host.advance(Duration.ofSeconds(1));
		successor.assertOffered();
	}

	@Test
	void goesOnAfterAFewFailures() {
		Peer successor = this.host.dialler().hello().assertOffered();
		this.server.transport().fail(MemoryTransport.Call.POLL, new IOException("interrupted"));
		successor.assertReceived(Message.Abort.class);
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		successor = this.host.dialler().hello().assertOffered();
		successor.send(new Message.Adopted()).send(new Message.Ready(false));
		this.server.transport().fail(MemoryTransport.Call.POLL, new IllegalStateException("defect"));
		successor.assertReceived(Message.Released.class);
		successor.assertReceived(Message.Reclaimed.class);
		assertThat(this.server.isAccepting()).isTrue();
	}

	@Test
	void servesOnWithoutHandoffsIfFailuresGoOn() {
		this.server.transport().breakDown();
		this.host.await(() -> this.host.held().isEmpty());
		assertThat(this.server.state()).isEqualTo(HandoffState.SERVING);
		assertThat(this.server.session().holdings().snapshot()).singleElement()
			.matches((listener) -> listener.isAccepting());
	}

	@Test
	void handsOverToARealSuccessorAgainAndAgain() {
		Server predecessor = this.server;
		for (int generation = 1; generation <= 3; generation++) {
			Server successor = this.host.server().start();
			successor.listen("web");
			successor.ready();
			assertThat(predecessor.state()).isEqualTo(HandoffState.OBSERVING);
			this.host.advance(Server.WINDOW);
			this.host.advance(Duration.ofMillis(20));
			assertThat(predecessor.state()).isEqualTo(HandoffState.TERMINATED);
			assertThat(successor.session().generation()).isEqualTo(generation);
			assertThat(successor.isAccepting()).isTrue();
			predecessor = successor;
		}
	}

	@Test
	void launchesASuccessorWithItsChannel() throws IOException {
		Process child = this.server.session().launches().launch(new ProcessBuilder("cat")).process();
		Peer waiting = this.host.dialler().request(Operation.WAIT);
		waiting.assertSilent();
		Peer successor = this.host.played(this.server.transport().child()).hello().assertOffered();
		successor.send(new Message.Abort("bad configuration"));
		assertThat(waiting.assertReceived(Message.Report.class).outcome()).isEqualTo(Outcome.ABORTED);
		child.getOutputStream().close();
		assertThat(Server.get(child.onExit()).exitValue()).isZero();
	}

	@Test
	void tellsWhoLaunchedASuccessorThatItServes() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		Peer successor = helloOf(launched).assertOffered();
		successor.send(new Message.Adopted()).send(new Message.Ready(false)).send(new Message.Serving());
		assertThat(launched.outcome()).isNotDone();
		successor.send(new Message.Confirmed(""));
		LaunchedSuccessor.Outcome outcome = Server.get(launched.outcome());
		assertThat(outcome.isCompleted()).isTrue();
		assertThat(outcome.exitCode()).isNull();
		launched.process().getOutputStream().close();
	}

	@Test
	void tellsWhoLaunchedASuccessorThatItsHandoffFailedAndWhatItEndedWith() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		helloOf(launched).assertOffered().send(new Message.Abort("bad configuration"));
		assertThat(launched.outcome()).isNotDone();
		launched.process().getOutputStream().close();
		LaunchedSuccessor.Outcome outcome = Server.get(launched.outcome());
		assertThat(outcome.isCompleted()).isFalse();
		assertThat(outcome.reason()).isEqualTo("the successor gave up: bad configuration, exit code 0");
	}

	@Test
	void killsASuccessorWhoseHandoffFailedAndThatDoesNotEnd() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		helloOf(launched).assertOffered().send(new Message.Abort("bad configuration"));
		this.host.advance(Duration.ofSeconds(10));
		LaunchedSuccessor.Outcome outcome = Server.get(launched.outcome());
		assertThat(outcome.isCompleted()).isFalse();
		assertThat(outcome.reason())
			.isEqualTo("the successor gave up: bad configuration; it did not exit and was killed");
		assertThat(Server.get(launched.process().onExit()).exitValue()).isEqualTo(128 + 9);
	}

	@Test
	void doesNotKillASuccessorThatHasServed() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		helloOf(launched).assertOffered()
			.send(new Message.Adopted())
			.send(new Message.Ready(false))
			.send(new Message.Serving());
		Server.get(this.server.session().request(HandoffCommand.RECLAIM));
		this.host.advance(Duration.ofSeconds(10));
		LaunchedSuccessor.Outcome outcome = Server.get(launched.outcome());
		assertThat(outcome.killed()).isFalse();
		assertThat(launched.process().isAlive()).isTrue();
		launched.process().getOutputStream().close();
	}

	@Test
	void killsASuccessorThatDoesNotAskInTime() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		Peer waiting = this.host.dialler().request(Operation.WAIT);
		this.host.advance(Server.READY);
		assertAnswered(waiting, Verdict.FAILED);
		assertThat(Server.get(launched.outcome()).reason())
			.isEqualTo("the successor did not ask for the listeners in time (ready-timeout) and was killed");
		assertThat(Server.get(launched.process().onExit()).exitValue()).isEqualTo(128 + 9);
	}

	@Test
	void isToldOfAnEndWhileTheApplicationKeepsTheCommonPoolBusy() throws Exception {
		BusyCommonPool.during(() -> {
			LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("true"));
			assertThat(Server.get(launched.outcome()).exitCode()).isZero();
			launched = launchScript();
			long pid = pid(launched);
			endScript(launched);
			ProcessHandle.of(pid).orElseThrow().destroyForcibly();
			assertThat(Server.get(launched.outcome()).exitCode()).isEqualTo(3);
			launched = this.server.session().launches().launch(new ProcessBuilder("sleep", "600"));
			assertThat(this.server.session().launches().terminate(Duration.ofSeconds(20))).isEmpty();
			assertThat(Server.get(launched.outcome()).exitCode()).isEqualTo(128 + 15);
		});
	}

	@Test
	void tellsWhatWasStartedFromHereToTerminate() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("sleep", "600"));
		assertThat(this.server.session().launches().terminate(Duration.ZERO)).containsExactly(launched.process().pid());
		assertThat(launched.process().isAlive()).isTrue();
		assertThat(this.server.session().launches().terminate(Duration.ofSeconds(20))).isEmpty();
		assertThat(Server.get(launched.process().onExit()).exitValue()).isEqualTo(128 + 15);
	}

	@Test
	void aScriptMayStartTheSuccessorAndEnd() throws IOException {
		LaunchedSuccessor launched = launchScript();
		long pid = pid(launched);
		endScript(launched);
		assertThat(launched.outcome()).isNotDone();
		Peer successor = helloOf(pid).assertOffered();
		successor.send(new Message.Adopted()).send(new Message.Ready(false)).send(new Message.Serving());
		successor.send(new Message.Confirmed(""));
		assertThat(Server.get(launched.outcome()).isCompleted()).isTrue();
		ProcessHandle.of(pid).orElseThrow().destroyForcibly();
	}

	@Test
	void killsWhatAScriptHasStartedIfItDoesNotEnd() throws IOException {
		LaunchedSuccessor launched = launchScript();
		long pid = pid(launched);
		endScript(launched);
		helloOf(pid).assertOffered().send(new Message.Abort("bad configuration"));
		this.host.advance(Duration.ofSeconds(10));
		assertThat(Server.get(launched.outcome()).reason()).contains("it did not exit and was killed");
		ProcessHandle.of(pid).ifPresent((process) -> assertThat(Server.get(process.onExit()).isAlive()).isFalse());
	}

	@Test
	void aScriptAndWhatItHasStartedHaveEndedBeforeTheyAsked() throws IOException {
		LaunchedSuccessor launched = launchScript();
		long pid = pid(launched);
		endScript(launched);
		assertThat(launched.outcome()).isNotDone();
		ProcessHandle.of(pid).orElseThrow().destroyForcibly();
		assertThat(Server.get(launched.outcome()).reason())
			.isEqualTo("the successor ended before it asked for the listeners, exit code 3");
	}

	private LaunchedSuccessor launchScript() throws IOException {
		return this.server.session()
			.launches()
			.launch(new ProcessBuilder("sh", "-c", "sleep 600 >/dev/null & echo $!; read unused; exit 3"));
	}

	private static long pid(LaunchedSuccessor launched) throws IOException {
		return Long.parseLong(launched.process().inputReader().readLine());
	}

	private void endScript(LaunchedSuccessor launched) throws IOException {
		this.host.settle();
		int before = this.server.transport().wakeups();
		launched.process().getOutputStream().close();
		this.host.await(() -> this.server.transport().wakeups() > before);
		this.host.settle();
	}

	@Test
	void aHandoffToSomebodyElseIsNotTheLaunchedSuccessors() throws IOException {
		LaunchedSuccessor launched = this.server.session().launches().launch(new ProcessBuilder("cat"));
		this.host.dialler().hello().assertOffered().send(new Message.Abort("bad configuration"));
		launched.process().getOutputStream().close();
		assertThat(Server.get(launched.outcome()).reason())
			.isEqualTo("the successor ended before it asked for the listeners, exit code 0");
	}

	private Peer helloOf(LaunchedSuccessor launched) {
		return helloOf(launched.process().pid());
	}

	private Peer helloOf(long pid) {
		return this.host.played(this.server.transport().child())
			.send(new Message.Hello(Versions.LOWEST, Versions.HIGHEST, 0, pid, "launched", "shop", "1",
					NetworkNamespace.current()));
	}

	@Test
	void tellsThoseWhoWaitThatTheSuccessorEndedBeforeItAsked() throws IOException {
		Process child = this.server.session().launches().launch(new ProcessBuilder("cat")).process();
		Peer waiting = this.host.dialler().request(Operation.WAIT);
		waiting.assertSilent();
		int before = this.server.transport().wakeups();
		child.getOutputStream().close();
		this.host.await(() -> this.server.transport().wakeups() > before);
		assertAnswered(waiting, Verdict.FAILED);
		assertAnswered(this.host.dialler().request(Operation.WAIT), Verdict.FAILED);
	}

	private static void assertAnswered(Peer operator, Verdict verdict) {
		assertThat(operator.assertReceived(Message.Result.class).verdict()).isEqualTo(verdict);
		operator.assertHungUp();
	}

}
