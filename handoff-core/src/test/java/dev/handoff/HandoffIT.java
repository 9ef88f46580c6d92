package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

import dev.handoff.testsupport.ListeningSockets;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handoffs between real processes.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class HandoffIT {

	private static final String ANY_PORT = "http=127.0.0.1:0";

	@TempDir
	private Path directory;

	@Test
	void aChainOfGenerationsKeepsPortAndInodeAndFailsNoRequest() throws IOException {
		ServerProcess first = serving("first", ANY_PORT);
		int port = this.lastPort;
		List<String> listeners = listenerInodes(first);
		ServerProcess current = first;
		try (Load load = Load.on(port, 2)) {
			for (int generation = 1; generation <= 10; generation++) {
				awaitAnswers(load, generation - 1);
				ServerProcess successor = serving("generation " + generation, ANY_PORT);
				assertThat(this.lastPort).isEqualTo(port);
				assertThat(current.awaitExit()).isZero();
				assertThat(listenerInodes(successor)).isEqualTo(listeners);
				current = successor;
			}
			awaitAnswers(load, 10);
			assertThat(load.stop()).isEmpty();
		}
	}

	@Test
	void aServerWhoseControlSocketIsRemovedCanBeReplaced() throws IOException {
		ServerProcess first = serving("first", ANY_PORT);
		int port = this.lastPort;
		Path socket = socket();
		Files.delete(socket);
		first.await("control.sock' was removed.* It was made again");
		assertThat(socket).exists();
		serving("second", ANY_PORT);
		assertThat(this.lastPort).isEqualTo(port);
		assertThat(first.awaitExit()).isZero();
	}

	@Test
	@Tag("jdk-independent")
	void aServerIsFoundAgainAfterAnotherOneHasMadeAndLeftTheFileOfItsControlSocket() throws IOException {
		ServerProcess first = serving("first", ANY_PORT);
		String port = "http=127.0.0.1:" + this.lastPort;
		Files.delete(socket());
		ServerProcess lost = start("lost", port);
		lost.await("^failed ListenerBindException.* the port is in use");
		assertThat(lost.awaitExit()).isEqualTo(3);
		assertThat(socket()).exists();
		first.await("control.sock' was removed.* It was made again");
		serving("second", port);
		assertThat(first.awaitExit()).isZero();
	}

	@Test
	void connectionsThatWaitInTheAcceptQueueWhileNobodyAcceptsAreServedByTheSuccessor() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		int port = this.lastPort;
		ServerProcess successor = start("successor", ANY_PORT);
		successor.await("^started");
		predecessor.signal("KILL");
		predecessor.awaitExit();
		List<LineClient> parked = new ArrayList<>();
		for (int i = 0; i < 100; i++) {
			LineClient client = LineClient.connect(port);
			client.send("parked");
			parked.add(client);
		}
		successor.ready();
		for (LineClient client : parked) {
			assertThat(client.answer()).contains("generation 1");
			client.close();
		}
	}

	@Test
	void aRequestInHandIsAnsweredByWhoAcceptedIt() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		try (LineClient client = LineClient.connect(this.lastPort)) {
			client.send("wait");
			ServerProcess successor = serving("successor", ANY_PORT);
			predecessor.awaitState(HandoffState.DRAINING);
			assertThat(LineClient.ask(this.lastPort, "new")).contains("generation 1");
			client.send("go on");
			assertThat(client.answer()).contains("generation 0");
			assertThat(predecessor.awaitExit()).isZero();
			assertThat(successor.isAlive()).isTrue();
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "exit", "throw", "abort", "close" })
	void whenTheSuccessorEndsBeforeItIsReadyThenThePredecessorServesAndCanBeAskedAgain(String end) throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		int port = this.lastPort;
		try (Load load = Load.on(port, 2)) {
			ServerProcess failing = start("failing", ANY_PORT);
			failing.await("^started");
			failing.command(end);
			failing.awaitExit();
			predecessor.awaitState(HandoffState.SERVING);
			awaitAnswers(load, 0);
			serving("next", ANY_PORT);
			assertThat(predecessor.awaitExit()).isZero();
			awaitAnswers(load, 1);
			assertThat(load.stop()).isEmpty();
		}
	}

	@Test
	void whenTheSuccessorIsKilledBeforeItIsReadyThenNoRequestFails() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		try (Load load = Load.on(this.lastPort, 2)) {
			ServerProcess failing = start("failing", ANY_PORT);
			failing.await("^started");
			failing.signal("KILL");
			predecessor.awaitState(HandoffState.SERVING);
			awaitAnswers(load, 0);
			assertThat(load.stop()).isEmpty();
		}
	}

	@Test
	@Tag("jdk-independent")
	void whenTheSuccessorHangsBeforeItIsReadyThenThePredecessorAbortsAtTheDeadline() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT, "-Dtest.ready=8000");
		int port = this.lastPort;
		ServerProcess hanging = start("hanging", ANY_PORT);
		hanging.await("^started");
		predecessor.awaitState(HandoffState.SERVING);
		assertThat(hanging.awaitExit()).isEqualTo(1);
		assertThat(LineClient.ask(port, "still")).contains("generation 0");
		serving("next", ANY_PORT);
		assertThat(predecessor.awaitExit()).isZero();
	}

	@Test
	void whenTheSuccessorIsKilledInTheObservationWindowThenThePredecessorServesAgain() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT, "-Dtest.window=30000");
		int port = this.lastPort;
		ServerProcess failing = serving("failing", ANY_PORT);
		predecessor.awaitState(HandoffState.OBSERVING);
		assertThat(LineClient.ask(port, "new")).contains("generation 1");
		failing.signal("KILL");
		predecessor.awaitState(HandoffState.SERVING);
		assertThat(LineClient.ask(port, "again")).contains("generation 0");
		ServerProcess next = serving("next", ANY_PORT);
		next.command("reclaim");
		assertThat(next.awaitExit()).isEqualTo(1);
		assertThat(LineClient.ask(port, "again")).contains("generation 0");
	}

	@Test
	@Tag("jdk-independent")
	void whenTheSuccessorHangsInTheObservationWindowThenItIsRolledBack() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT, "-Dtest.window=6000", "-Dtest.step=2000");
		int port = this.lastPort;
		ServerProcess hanging = serving("hanging", ANY_PORT, "-Dtest.window=6000", "-Dtest.step=2000");
		hanging.signal("STOP");
		predecessor.awaitState(HandoffState.OBSERVING);
		predecessor.awaitState(HandoffState.SERVING);
		hanging.signal("CONT");
		assertThat(hanging.awaitExit()).isEqualTo(1);
		assertThat(LineClient.ask(port, "again")).contains("generation 0");
	}

	@Test
	@Tag("jdk-independent")
	void reclaimAtThePredecessorUndoesTheRelease() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT, "-Dtest.window=30000");
		int port = this.lastPort;
		try (Load load = Load.on(port, 2)) {
			ServerProcess successor = serving("successor", ANY_PORT);
			predecessor.awaitState(HandoffState.OBSERVING);
			awaitAnswers(load, 1);
			predecessor.command("reclaim");
			assertThat(successor.awaitExit()).isEqualTo(1);
			awaitAnswers(load, 0);
			assertThat(load.stop()).isEmpty();
		}
	}

	@Test
	void whenThePredecessorIsKilledWhileTheSuccessorStartsThenClientsWaitAndNoneIsRefused() throws Exception {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		int port = this.lastPort;
		ServerProcess successor = start("successor", ANY_PORT);
		successor.await("^started");
		predecessor.signal("KILL");
		predecessor.awaitExit();
		try (LineClient client = LineClient.connect(port)) {
			client.send("queued");
			successor.ready();
			assertThat(client.answer()).contains("generation 1");
		}
		successor.awaitState(HandoffState.SERVING);
		serving("next", ANY_PORT);
		assertThat(successor.awaitExit()).isZero();
	}

	@Test
	@Tag("jdk-independent")
	void whenThePredecessorHangsAtTheReleaseThenTheSuccessorServesAndThePredecessorCatchesUp() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		int port = this.lastPort;
		ServerProcess successor = start("successor", ANY_PORT, "-Dtest.step=2000");
		successor.await("^started");
		predecessor.signal("STOP");
		successor.ready();
		successor.awaitState(HandoffState.SERVING);
		assertThat(LineClient.ask(port, "new")).contains("generation 1");
		predecessor.signal("CONT");
		assertThat(predecessor.awaitExit()).isZero();
	}

	@Test
	void whenThePredecessorIsTerminatedWhileASuccessorStartsThenTheSuccessorServesAlone() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		int port = this.lastPort;
		ServerProcess successor = start("successor", ANY_PORT);
		successor.await("^started");
		predecessor.signal("TERM");
		assertThat(predecessor.awaitExit()).isEqualTo(143);
		try (LineClient client = LineClient.connect(port)) {
			client.send("queued");
			successor.ready();
			assertThat(client.answer()).contains("generation 1");
		}
	}

	@Test
	void whenTheSuccessorIsTerminatedInTheWindowThenThePredecessorServesAgain() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT, "-Dtest.window=30000");
		int port = this.lastPort;
		try (Load load = Load.on(port, 2)) {
			ServerProcess successor = serving("successor", ANY_PORT);
			awaitAnswers(load, 1);
			successor.signal("TERM");
			assertThat(successor.awaitExit()).isEqualTo(143);
			awaitAnswers(load, 0);
			assertThat(predecessor.isAlive()).isTrue();
			assertThat(load.stop()).isEmpty();
		}
	}

	@Test
	void aThirdGenerationCutsTheWindowShort() throws IOException {
		ServerProcess first = serving("first", ANY_PORT, "-Dtest.window=60000");
		ServerProcess second = serving("second", ANY_PORT, "-Dtest.window=60000");
		ServerProcess third = serving("third", ANY_PORT, "-Dtest.window=300");
		assertThat(first.awaitExit()).isZero();
		assertThat(second.hasPrinted("REFUSE_HELD")).isFalse();
		assertThat(LineClient.ask(this.lastPort, "new")).contains("generation 2");
		assertThat(third.isAlive()).isTrue();
	}

	@Test
	@Tag("jdk-independent")
	void twoSuccessorsAtOnceOneIsRefused() throws IOException {
		ServerProcess predecessor = serving("predecessor", ANY_PORT);
		ServerProcess one = start("one", ANY_PORT);
		one.await("^started");
		ServerProcess other = start("other", ANY_PORT);
		other.await("^failed HandoffRefusedException.*BUSY");
		assertThat(other.awaitExit()).isEqualTo(3);
		one.ready();
		assertThat(predecessor.awaitExit()).isZero();
	}

	@Test
	@Tag("jdk-independent")
	void twoFirstGenerationsAtOnceOneIsFirst() throws IOException {
		ServerProcess one = start("one", ANY_PORT);
		ServerProcess other = start("other", ANY_PORT);
		Awaitility.await()
			.atMost(30, TimeUnit.SECONDS)
			.until(() -> one.hasPrinted("^(started|failed)") && other.hasPrinted("^(started|failed)"));
		assertThat(one.hasPrinted("^started generation 0") ^ other.hasPrinted("^started generation 0")).isTrue();
		assertThat(one.hasPrinted("^failed HandoffRefusedException.*NOT_READY")
				^ other.hasPrinted("^failed HandoffRefusedException.*NOT_READY"))
			.isTrue();
	}

	@Test
	@Tag("jdk-independent")
	void anotherApplicationIsRefusedByName() throws IOException {
		ServerProcess owner = serving("owner", ANY_PORT);
		ServerProcess stranger = start("stranger", ANY_PORT, "-Dtest.application=other");
		assertThat(stranger.await("^failed HandoffRefusedException.*").group()).contains("'test'", "'other'");
		assertThat(owner.isAlive()).isTrue();
		assertThat(LineClient.ask(this.lastPort, "still")).contains("generation 0");
	}

	@Test
	void aStaleControlSocketIsReplaced() throws IOException {
		ServerProcess first = serving("first", ANY_PORT);
		first.signal("KILL");
		first.awaitExit();
		assertThat(socket()).exists();
		ServerProcess second = serving("second", ANY_PORT);
		assertThat(second.hasPrinted("^started generation 0")).isTrue();
	}

	@Test
	void listenersAreAddedRemovedAndMoved() throws IOException {
		ServerProcess first = start("first", "kept=127.0.0.1:0 removed=127.0.0.1:0 moved=127.0.0.1:0");
		int kept = first.port("kept");
		int removed = first.port("removed");
		int moved = first.port("moved");
		first.ready();
		first.awaitState(HandoffState.SERVING);
		String changed = "kept=127.0.0.1:0 moved=0.0.0.0:0 added=[::1]:0";
		ServerProcess refused = start("refused", changed);
		refused.await("^started");
		refused.ready();
		assertThat(refused.await("^not ready: .*").group()).contains("listener 'removed' at /127.0.0.1:" + removed,
				"listener 'moved' at /127.0.0.1:" + moved);
		refused.close();
		first.await("OFFERING -> SERVING");
		for (int port : new int[] { kept, removed, moved }) {
			assertThat(LineClient.ask(port, "x")).contains("generation 0");
		}
		ServerProcess second = start("second", changed, "-Dtest.drop=true");
		assertThat(second.await("^listener kept .*").group()).endsWith(":" + kept + " INHERITED");
		assertThat(second.await("^listener moved .*").group()).doesNotContain(":" + moved + " ").endsWith("BOUND");
		assertThat(second.await("^listener added .*").group()).endsWith("BOUND");
		second.ready();
		assertThat(first.awaitExit()).isZero();
		assertThat(LineClient.ask(kept, "x")).contains("listener kept");
		for (int port : new int[] { removed, moved }) {
			org.assertj.core.api.Assertions.assertThatIOException()
				.isThrownBy(() -> LineClient.ask(port, "x"))
				.withMessageContaining("refused");
		}
	}

	@Test
	void aThousandListenersAreHandedOver() throws IOException {
		String thousand = IntStream.range(0, 1000)
			.mapToObj((i) -> "listener%d=127.0.0.1:0".formatted(i))
			.collect(Collectors.joining(" "));
		// A cold JVM on a busy machine needs its time for so many.
		String patience = "-Dtest.step=10000";
		String connect = "-Dtest.connect=20000";
		ServerProcess predecessor = start("predecessor", "http=127.0.0.1:0 " + thousand, patience, connect);
		predecessor.await("^started");
		predecessor.ready();
		predecessor.awaitState(HandoffState.SERVING);
		ServerProcess successor = start("successor", "http=127.0.0.1:0 " + thousand, patience, connect);
		successor.await("^started");
		successor.ready();
		assertThat(predecessor.awaitExit()).isZero();
		int port = Integer
			.parseInt(successor.output().replaceFirst("(?s).*listener listener999 .*?:(\\d+) INHERITED.*", "$1"));
		assertThat(LineClient.ask(port, "x")).contains("generation 1", "listener listener999");
	}

	@Test
	void theSurvivorOfManyGenerationsHasAsManyDescriptorsAndThreadsAsTheSecond() {
		ServerProcess current = serving("first", ANY_PORT, "-Dtest.window=0");
		String resources = "";
		for (int generation = 1; generation <= 8; generation++) {
			ServerProcess successor = serving("generation " + generation, ANY_PORT, "-Dtest.window=0");
			assertThat(current.awaitExit()).isZero();
			// It opens jars for a moment.
			Awaitility.await().until(() -> successor.hasPrinted("the exit may need are loaded"));
			successor.command("resources");
			String now = successor.await("^resources .*").group();
			if (generation > 1) {
				assertThat(now).isEqualTo(resources);
			}
			resources = now;
			current = successor;
		}
	}

	private int lastPort;

	private ServerProcess start(String name, String listeners, String... jvmArgs) {
		List<String> arguments = new ArrayList<>(List.of("-Dtest.socket=" + socket()));
		arguments.addAll(List.of(jvmArgs));
		return ServerProcess.start(name, List.of(), arguments, TestServer.class.getName(),
				Pattern.compile(" ").splitAsStream(listeners).toList());
	}

	private ServerProcess serving(String name, String listeners, String... jvmArgs) {
		ServerProcess process = start(name, listeners, jvmArgs);
		this.lastPort = process.port("http");
		process.await("^started");
		process.ready();
		process.awaitState(HandoffState.SERVING);
		return process;
	}

	private static void awaitAnswers(Load load, int generation) {
		int before = load.answeredBy(generation);
		Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> load.answeredBy(generation) > before + 50);
	}

	private static List<String> listenerInodes(ServerProcess process) throws IOException {
		List<String> listening = new ArrayList<>(ListeningSockets.seenBy(process.pid()).keySet());
		listening.retainAll(process.sockets());
		return listening;
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

}
