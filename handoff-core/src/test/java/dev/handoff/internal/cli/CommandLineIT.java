package dev.handoff.internal.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.handoff.HandoffState;
import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.TestServer;
import dev.handoff.testsupport.ProcessTree;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The command line against real processes.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class CommandLineIT {

	@TempDir
	private Path directory;

	@Test
	void statusSaysWhatTheProcessDoesAndWhetherItIsTheOneMeant() throws Exception {
		ServerProcess server = serving("server");
		Run status = run("status", "--json");
		assertThat(status.exitCode()).isZero();
		assertThat(status.out()).contains("\"state\":\"SERVING\"", "\"generation\":0", "\"pid\":" + server.pid(),
				"\"name\":\"http\"", "\"gateOpen\":true", "\"history\":[]", "\"successor\":null");
		assertThat(run("status", "--state", "serving", "--generation", "0").exitCode()).isZero();
		assertThat(run("status", "--generation", "1").exitCode()).isEqualTo(6);
		assertThat(run("status", "--instance", "other").exitCode()).isEqualTo(6);
		ServerProcess successor = start("successor");
		successor.await("^started");
		assertThat(run("status", "--json").out()).contains("\"state\":\"OFFERING\"",
				"\"successor\":{\"pid\":" + successor.pid(), "\"phase\":\"STARTING\"");
	}

	@Test
	void theJarIsExecutable() throws Exception {
		serving("server");
		Path jar;
		try (Stream<Path> files = Files.list(Path.of("target"))) {
			jar = files
				.filter((file) -> file.getFileName().toString().matches("handoff-core-[\\d.]+(-SNAPSHOT)?\\.jar"))
				.findFirst()
				.orElseThrow();
		}
		Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-jar",
				jar.toString(), "status", "--control-socket", socket().toString())
			.redirectErrorStream(true)
			.start();
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			assertThat(process.waitFor()).as(output).isZero();
			assertThat(output).contains("state: SERVING");
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
	}

	@Test
	void whoTriggersCanWaitForTheResult() throws Exception {
		ServerProcess server = serving("server", "-Dtest.launch=ready", "-Dtest.window=5000");
		assertThat(run("trigger").exitCode()).isZero();
		ProcessHandle successor = ProcessHandle.of(Long.parseLong(server.await("^launched (\\d+)").group(1)))
			.orElseThrow();
		try {
			Run wait = run("wait", "--timeout", "60s");
			assertThat(wait.exitCode()).as(wait.out()).isZero();
			assertThat(wait.out()).contains("outcome: COMPLETED");
			assertThat(server.awaitExit()).isZero();
		}
		finally {
			ProcessTree.end(successor);
		}
	}

	@Test
	void whoWaitsForASuccessorThatEndsIsTold() throws Exception {
		serving("server", "-Dtest.launch=fail");
		assertThat(run("trigger").exitCode()).isZero();
		Run wait = run("wait", "--timeout", "60s");
		assertThat(wait.exitCode()).isOne();
		assertThat(wait.out()).contains("exit code 7");
		assertThat(run("status").out()).contains("state: SERVING");
	}

	@Test
	void stopEndsWhoServesAndWhoWouldServeAgain() throws Exception {
		ServerProcess first = serving("first", "-Dtest.window=60000");
		ServerProcess second = start("second", "-Dtest.window=60000");
		second.await("^started");
		second.ready();
		second.awaitState(HandoffState.SERVING);
		Run stop = run("stop");
		assertThat(stop.exitCode()).as(stop.out()).isZero();
		assertThat(stop.out()).contains("Pid %d, generation 1, is told".formatted(second.pid()),
				"Pid %d, generation 0, is told".formatted(first.pid()));
		assertThat(first.isAlive() || second.isAlive()).isFalse();
		assertThat(run("stop").exitCode()).as("nobody serves").isEqualTo(3);
	}

	@Test
	void stopLeavesNoSuccessorThatStarts() throws Exception {
		ServerProcess server = serving("server");
		ServerProcess successor = start("successor");
		successor.await("^started");
		Run stop = run("stop");
		assertThat(stop.exitCode()).as(stop.out()).isZero();
		assertThat(server.isAlive()).isFalse();
		assertThat(successor.awaitExit()).isOne();
	}

	@Test
	void aCommandWithoutAHandoffIsRefused() throws Exception {
		serving("server");
		for (String command : List.of("release", "abort", "reclaim", "wait")) {
			Run run = run(command);
			assertThat(run.exitCode()).as(command).isEqualTo(4);
			assertThat(run.out()).contains("NO_HANDOFF");
		}
		Run trigger = run("trigger");
		assertThat(trigger.exitCode()).isEqualTo(4);
		assertThat(trigger.out()).contains("NOT_CONFIGURED");
	}

	@Test
	void abortEndsAHandoffBeforeTheReleaseAndWhoWaitsIsTold() throws Exception {
		ServerProcess server = serving("server");
		ServerProcess successor = start("successor");
		successor.await("^started");
		server.awaitState(HandoffState.OFFERING);
		assertThat(run("reclaim").out()).contains("TOO_EARLY");
		assertThat(run("release").out()).contains("TOO_EARLY");
		CompletableFuture<Run> waiting = CompletableFuture.supplyAsync(() -> run("wait", "--timeout", "30s"));
		Run abort = run("abort");
		assertThat(abort.exitCode()).isZero();
		assertThat(abort.out()).contains("APPLIED");
		server.await("^report .* PREDECESSOR ABORTED");
		assertThat(successor.awaitExit()).isOne();
		// It came before the abort, or after it and found nothing.
		assertThat(waiting.get().exitCode()).isIn(1, 4);
		assertThat(run("status").out()).contains("outcome ABORTED");
	}

	@Test
	void whoWaitsIsToldTheOutcomeByThePredecessor() throws Exception {
		ServerProcess server = serving("server", "-Dtest.manual=true");
		ServerProcess successor = start("successor", "-Dtest.manual=true");
		successor.await("^started");
		server.awaitState(HandoffState.OFFERING);
		CompletableFuture<Run> waiting = CompletableFuture.supplyAsync(() -> run("wait", "--timeout", "60s"));
		server.await("asks for Request.*WAIT");
		successor.ready();
		successor.awaitState(HandoffState.STANDBY);
		server.await("Received Ready.hold=true");
		assertThat(run("status", "--json").out()).contains("\"phase\":\"STANDBY\"");
		assertThat(run("release").exitCode()).isZero();
		Run wait = waiting.get();
		assertThat(wait.exitCode()).as(wait.out()).isZero();
		assertThat(wait.out()).contains("outcome: COMPLETED", "role: PREDECESSOR");
		server.await("^report .* PREDECESSOR COMPLETED .*OFFER, READY, RELEASE, OBSERVATION, DRAIN");
		assertThat(server.awaitExit()).isZero();
		successor.await("^report .* SUCCESSOR COMPLETED");
		assertThat(run("status", "--generation", "1", "--state", "SERVING").exitCode()).isZero();
	}

	@Test
	void reclaimMakesThePredecessorServeAgain() throws Exception {
		ServerProcess server = serving("server", "-Dtest.window=60000");
		ServerProcess successor = start("successor");
		successor.await("^started");
		successor.ready();
		successor.awaitState(HandoffState.SERVING);
		server.await("Received Serving");
		assertThat(run("abort").out()).contains("TOO_LATE");
		// The successor serves, so it is the one that is asked.
		Run reclaim = run("reclaim");
		assertThat(reclaim.exitCode()).as(reclaim.out() + reclaim.err()).isZero();
		server.await("^report .* PREDECESSOR RECLAIMED");
		assertThat(successor.awaitExit()).isOne();
		assertThat(run("status", "--generation", "0", "--state", "SERVING").exitCode()).isZero();
		ServerProcess next = start("next");
		next.await("^started generation 1");
	}

	@Test
	void aTriggerStartsASuccessorUnlessAHandoffIsUnderWay() throws Exception {
		ServerProcess server = serving("server", "-Dtest.trigger=true");
		assertThat(run("trigger").exitCode()).isZero();
		server.await("^triggered");
		start("successor").await("^started");
		Run second = run("trigger");
		assertThat(second.exitCode()).isEqualTo(4);
		assertThat(second.out()).contains("BUSY");
	}

	@Test
	void manyOperatorsAtOnceDisturbNoHandoff() throws Exception {
		ServerProcess server = serving("server");
		List<SocketChannel> silent = new ArrayList<>();
		try {
			for (int i = 0; i < 8; i++) {
				silent.add(SocketChannel.open(UnixDomainSocketAddress.of(socket())));
			}
			List<CompletableFuture<Run>> runs = new ArrayList<>();
			for (int i = 0; i < 20; i++) {
				runs.add(CompletableFuture.supplyAsync(() -> run("status")));
			}
			ServerProcess successor = start("successor");
			successor.await("^started");
			successor.ready();
			assertThat(server.awaitExit()).isZero();
			for (CompletableFuture<Run> run : runs) {
				assertThat(run.get().exitCode()).isZero();
			}
		}
		finally {
			for (SocketChannel channel : silent) {
				channel.close();
			}
		}
	}

	@Test
	void nobodyASilentProcessAndAnOldOneAreToldApart() throws Exception {
		assertThat(run("status").exitCode()).isEqualTo(3);
		try (ServerSocketChannel stranger = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			stranger.bind(UnixDomainSocketAddress.of(socket()));
			assertThat(run("status", "--timeout", "200ms").exitCode()).isEqualTo(5);
			stranger.accept().close();
			CompletableFuture<Run> asking = CompletableFuture.supplyAsync(() -> run("status"));
			try (SocketChannel old = stranger.accept()) {
				// UNRECOGNIZED, type 17.
				old.write(ByteBuffer.wrap(HexFormat.of()
					.parseHex("484f4646" + "0110" + "0000" + "00000007" + "0017" + "00000001" + "11")));
				Run run = asking.get();
				assertThat(run.exitCode()).isEqualTo(7);
				assertThat(run.err()).contains("another release");
			}
		}
		assertThat(run("status").exitCode()).isEqualTo(3);
		assertThat(run("status", "--state", "idle").exitCode()).isEqualTo(2);
		assertThat(run("status", "--help").out()).contains("Exit codes");
	}

	private Run run(String... arguments) {
		List<String> all = new ArrayList<>(List.of(arguments));
		all.addAll(List.of("--control-socket", socket().toString()));
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		ByteArrayOutputStream err = new ByteArrayOutputStream();
		int exitCode = Main.run(all, new PrintStream(out, true, StandardCharsets.UTF_8),
				new PrintStream(err, true, StandardCharsets.UTF_8));
		return new Run(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
	}

	private ServerProcess serving(String name, String... jvmArgs) {
		ServerProcess server = start(name, jvmArgs);
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		return server;
	}

	private ServerProcess start(String name, String... jvmArgs) {
		List<String> arguments = new ArrayList<>(List.of("-Dtest.socket=" + socket()));
		arguments.addAll(List.of(jvmArgs));
		return ServerProcess.start(name, List.of(), arguments, TestServer.class.getName(), List.of("http=127.0.0.1:0"));
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

	private record Run(int exitCode, String out, String err) {
	}

}
