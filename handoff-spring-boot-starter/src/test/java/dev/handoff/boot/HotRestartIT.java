package dev.handoff.boot;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.LineClient;
import dev.handoff.ServerProcess;
import dev.handoff.boot.app.TestApplication;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Hot restarts of a Spring Boot application, each generation a process of its own.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HotRestartIT {

	private static final String SERVING = "(STARTING|STANDBY) -> SERVING";

	private final List<ServerProcess> processes = new ArrayList<>();

	@TempDir
	private Path directory;

	private int port;

	@AfterEach
	void endProcesses() {
		this.processes.forEach(ServerProcess::close);
	}

	@Test
	void theSuccessorTakesThePortOverAndThePredecessorExitsWithCodeZero() throws IOException {
		ServerProcess first = serving();
		assertThat(get("/generation")).contains("generation 0");
		try (LineClient keptAlive = LineClient.connect(this.port);
				LineClient halfSent = LineClient.connect(this.port)) {
			keptAlive.send("GET /generation HTTP/1.1\r\nHost: localhost\r\n\r");
			assertThat(keptAlive.answer()).isEqualTo("HTTP/1.1 200 ");
			halfSent.send("GET /generation HTTP/1.1\r");
			ServerProcess second = serving();
			assertThat(get("/generation")).contains("generation 1");
			first.await("OBSERVING -> DRAINING");
			halfSent.send("Host: localhost\r\n\r");
			assertThat(halfSent.answer()).isEqualTo("HTTP/1.1 200 ");
			keptAlive.send("GET /generation HTTP/1.1\r\nHost: localhost\r\n\r");
			assertThat(keptAlive.rest()).contains("HTTP/1.1 200 ", "Connection: close", "generation 0");
			assertThat(first.awaitExit()).isZero();
			assertThat(second.isAlive()).isTrue();
		}
	}

	@Test
	void aSlowRequestSpansTheHandoff() throws Exception {
		ServerProcess first = serving();
		Thread slow;
		List<String> answers = new ArrayList<>();
		slow = new Thread(() -> answers.add(getUnchecked("/slow?ms=8000")));
		slow.start();
		serving();
		assertThat(get("/generation")).contains("generation 1");
		slow.join();
		assertThat(answers.get(0)).contains("generation 0");
		assertThat(first.awaitExit()).isZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "throw", "exit" })
	void whenTheSuccessorFailsToStartThenThePredecessorServesAndTheNextAttemptSucceeds(String runner)
			throws IOException {
		ServerProcess first = serving();
		ServerProcess failing = start("--test.runner=" + runner);
		failing.awaitExit();
		first.await("OFFERING -> SERVING");
		assertThat(get("/generation")).contains("generation 0");
		serving();
		assertThat(get("/generation")).contains("generation 1");
		assertThat(first.awaitExit()).isZero();
	}

	@Test
	void whenTheSuccessorHangsThenItIsAbandonedAtTheDeadline() throws IOException {
		ServerProcess first = serving("--handoff.ready-timeout=8s");
		ServerProcess hanging = start("--test.runner=hang");
		first.await("SERVING -> OFFERING");
		first.await("OFFERING -> SERVING: READY_DEADLINE");
		assertThat(hanging.awaitExit()).isEqualTo(1);
		assertThat(get("/generation")).contains("generation 0");
	}

	@Test
	void whenTheSuccessorIsKilledInTheObservationWindowThenThePredecessorServesAgain() throws IOException {
		ServerProcess first = serving("--handoff.observation-window=60s");
		ServerProcess second = serving();
		assertThat(get("/generation")).contains("generation 1");
		second.signal("KILL");
		first.await("OBSERVING -> SERVING");
		assertThat(get("/generation")).contains("generation 0");
	}

	@Test
	void sigtermOfALoneServerAnswersWhatIsInHand() throws Exception {
		ServerProcess alone = serving();
		List<String> answers = new ArrayList<>();
		Thread slow = new Thread(() -> answers.add(getUnchecked("/slow?ms=3000")));
		slow.start();
		try (LineClient halfSent = LineClient.connect(this.port)) {
			halfSent.send("GET /generation HTTP/1.1\r");
			// Both connections are accepted before the server stops accepting.
			assertThat(get("/generation")).contains("generation 0");
			alone.signal("TERM");
			alone.await("SERVING -> DRAINING");
			halfSent.send("Host: localhost\r\n\r");
			assertThat(halfSent.rest()).contains("HTTP/1.1 200 ", "Connection: close");
		}
		slow.join();
		assertThat(answers.get(0)).contains("generation 0");
		assertThat(alone.awaitExit()).isEqualTo(143);
	}

	@Test
	void aPortThatWasChosenByTheSystemIsInherited() throws IOException {
		ServerProcess first = serving();
		int chosen = this.port;
		serving("--server.address=0.0.0.0", "--spring.main.lazy-initialization=true");
		assertThat(this.port).isEqualTo(chosen);
		assertThat(get("/generation")).contains("generation 1");
		assertThat(first.awaitExit()).isZero();
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads came with JDK 21")
	void virtualThreadsWork() throws IOException {
		ServerProcess first = serving("--spring.threads.virtual.enabled=true");
		serving("--spring.threads.virtual.enabled=true");
		assertThat(get("/generation")).contains("generation 1 thread virtual true");
		assertThat(first.awaitExit()).isZero();
	}

	@Test
	void aRetiredProcessStaysIfItIsTold() throws IOException {
		ServerProcess first = serving("--handoff.after-drain=stay");
		serving();
		first.await("Retired; this process stays");
		assertThat(first.isAlive()).isTrue();
		first.signal("TERM");
		assertThat(first.awaitExit()).isEqualTo(143);
	}

	@Test
	void aSecondContextOfTheProcessStaysOutOfTheWay() throws IOException {
		ServerProcess process = process(List.of("-Dtest.two-contexts=true"), true);
		process.await("Handoff is off: another application context");
		process.await("two contexts run");
		assertThat(process.isAlive()).isTrue();
	}

	@Test
	void anotherApplicationIsRefusedWithAnExplanation() throws IOException {
		serving();
		ServerProcess stranger = start("--spring.application.name=stranger");
		stranger.await("APPLICATION FAILED TO START");
		stranger.await("belongs to application 'hot-restart', not to 'stranger'");
		stranger.await("spring.application.name of its own");
		assertThat(stranger.awaitExit()).isEqualTo(1);
		assertThat(get("/generation")).contains("generation 0");
	}

	@Test
	void aMissingJvmOptionIsExplainedWithTheLinesToPaste() {
		ServerProcess process = process(List.of(), false);
		process.await("APPLICATION FAILED TO START");
		process.await("<Add-Opens>java.base/sun.nio.ch</Add-Opens>");
		process.await("\"Add-Opens\": \"java.base/sun.nio.ch\"");
		process.await("java --add-opens java.base/sun.nio.ch=ALL-UNNAMED");
		assertThat(process.awaitExit()).isEqualTo(1);
	}

	@Test
	void aPortInUseByAStrangerIsExplained() throws IOException {
		try (ServerSocket stranger = new ServerSocket(0)) {
			ServerProcess process = start("--server.port=" + stranger.getLocalPort());
			process.await("APPLICATION FAILED TO START");
			process.await("Listener 'server' cannot be bound to .*:%d: the port is in use"
				.formatted(stranger.getLocalPort()));
			process.await("Stop the process that uses");
			assertThat(process.awaitExit()).isEqualTo(1);
		}
	}

	@Test
	void aDirectoryThatOthersCanWriteIsExplained() throws IOException {
		Path open = Files.createDirectory(this.directory.resolve("open"));
		Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
		ServerProcess process = start("--handoff.control-socket=" + open.resolve("control.sock"));
		process.await("APPLICATION FAILED TO START");
		process.await("Control socket '.*' cannot be used");
		assertThat(process.awaitExit()).isEqualTo(1);
	}

	@Test
	void aWrongTimeoutIsExplainedWithItsValue() {
		ServerProcess process = start("--handoff.connect-timeout=1s");
		process.await("APPLICATION FAILED TO START");
		process.await("Invalid value '1s' for configuration property 'handoff.connect-timeout'");
		process.await("must be longer than step-timeout PT5S");
		assertThat(process.awaitExit()).isEqualTo(1);
	}

	private ServerProcess serving(String... arguments) {
		ServerProcess process = start(arguments);
		this.port = Integer.parseInt(process.await("Listener 'server' (?:bound|inherited) at .*:(\\d+)").group(1));
		process.await(SERVING);
		return process;
	}

	private ServerProcess start(String... arguments) {
		return process(List.of(), true, arguments);
	}

	private ServerProcess process(List<String> jvmArgs, boolean opened, String... arguments) {
		List<String> allJvmArgs = new ArrayList<>(opened ? ServerProcess.JVM_ARGS : List.of());
		allJvmArgs.addAll(jvmArgs);
		List<String> allArguments = new ArrayList<>(List.of("--spring.application.name=hot-restart", "--server.port=0",
				"--spring.main.banner-mode=off", "--handoff.observation-window=1s",
				"--handoff.control-socket=" + this.directory.resolve("control.sock")));
		allArguments.removeIf((common) -> Arrays.stream(arguments)
			.anyMatch((own) -> own.startsWith(common.substring(0, common.indexOf('=') + 1))));
		allArguments.addAll(List.of(arguments));
		ServerProcess process = ServerProcess.start("process " + this.processes.size(), List.of(), allJvmArgs,
				System.getProperty("java.class.path"), TestApplication.class.getName(), allArguments, Map.of());
		this.processes.add(process);
		return process;
	}

	private String get(String path) throws IOException {
		try (LineClient client = LineClient.connect(this.port)) {
			client.send("GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r".formatted(path));
			String response = client.rest();
			assertThat(response).startsWith("HTTP/1.1 200 ");
			return response;
		}
	}

	private String getUnchecked(String path) {
		try {
			return get(path);
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
