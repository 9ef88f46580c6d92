package dev.handoff.boot;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.RawConnection.Response;
import dev.handoff.boot.sample.SampleApplication;
import dev.handoff.boot.sample.TwoContextsApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handoffs between Spring Boot applications in processes of their own.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class TomcatHandoffIT {

	private static final int SIGTERM_EXIT_CODE = 143;

	@TempDir
	private Path directory;

	@Test
	void restartsKeepThePortAndTheConnections() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory)) {
			int port = first.port();
			first.awaitServing();
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
			try (RawConnection keptAlive = RawConnection.to(port); RawConnection slow = RawConnection.to(port)) {
				assertThat(keptAlive.get("/generation").response().saysClose()).isFalse();
				slow.get("/slow");
				first.process.await("Slow request arrived");
				try (SampleServer second = SampleServer.start("second", this.directory)) {
					assertThat(second.port()).isEqualTo(port);
					second.process.await("Ready listener in STARTING");
					second.awaitServing();
					assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
					askUntilItCloses(keptAlive, "/release");
					assertThat(slow.response().body()).isEqualTo("slow");
					assertThat(slow.get("/generation").response().body()).isEqualTo("generation 0");
					assertThat(first.process.awaitExit()).isZero();
					try (SampleServer third = SampleServer.start("third", this.directory)) {
						third.awaitServing();
						assertThat(second.process.awaitExit()).isZero();
						assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 2");
					}
				}
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void failedStartOfASuccessorCostsNothing() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory)) {
			int port = first.port();
			first.awaitServing();
			try (SampleServer failing = SampleServer.start("failing", this.directory, "--sample.fail=true")) {
				assertThat(failing.process.awaitExit()).isEqualTo(1);
				assertThat(failing.process.awaitOutput()).contains("The sample was told to fail");
			}
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
			try (SampleServer second = SampleServer.start("second", this.directory)) {
				second.awaitServing();
				assertThat(first.process.awaitExit()).isZero();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void successorThatCannotBuildItsContextCostsNothing() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory)) {
			int port = first.port();
			first.awaitServing();
			try (SampleServer failing = SampleServer.start("failing", this.directory, "--sample.fail=nonsense")) {
				assertThat(failing.process.awaitExit()).isEqualTo(1);
			}
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
		}
	}

	@Test
	void successorThatIsKilledInTheObservationWindowIsReplacedByItsPredecessor() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory, "--handoff.observation-window=60s")) {
			int port = first.port();
			first.awaitServing();
			try (RawConnection keptAlive = RawConnection.to(port)) {
				assertThat(keptAlive.get("/generation").response().body()).isEqualTo("generation 0");
				try (SampleServer second = SampleServer.start("second", this.directory)) {
					second.awaitServing();
					assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
					second.process.signal("KILL");
					first.process.await("OBSERVING -> SERVING");
				}
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
				assertThat(keptAlive.get("/generation").response().saysClose()).isFalse();
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void directoryThatOthersCanWriteIsNamedWithTheFix() throws Exception {
		Path open = Files.createDirectory(this.directory.resolve("open"));
		Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
		try (SampleServer server = SampleServer.start("server", open)) {
			assertThat(server.process.awaitExit()).isEqualTo(1);
			assertThat(server.process.awaitOutput()).contains("APPLICATION FAILED TO START", open.toString(),
					"cannot be used");
		}
	}

	@Test
	@Tag("jdk-independent")
	void failedFirstStartEndsAtOnce() {
		try (SampleServer failing = SampleServer.start("failing", this.directory, "--sample.fail=true")) {
			assertThat(failing.process.awaitExit()).isEqualTo(1);
		}
	}

	@Test
	@Tag("jdk-independent")
	void anotherApplicationIsRefusedAndSaysWhatToDo() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory)) {
			int port = first.port();
			first.awaitServing();
			try (SampleServer other = SampleServer.start("other", this.directory, "--spring.application.name=other")) {
				assertThat(other.process.awaitExit()).isEqualTo(1);
				assertThat(other.process.awaitOutput()).contains("APPLICATION FAILED TO START")
					.contains("refused")
					.contains("'sample'")
					.contains("spring.application.name of its own, or set handoff.control-socket");
			}
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
		}
	}

	@Test
	void noOptionOfTheJvmIsNeeded() throws Exception {
		try (ServerProcess first = startWithoutOptions("first")) {
			int port = Integer.parseInt(first.await("Tomcat started on port (\\d+)").group(1));
			first.await("-> SERVING");
			try (ServerProcess second = startWithoutOptions("second")) {
				second.await("-> SERVING");
				assertThat(first.awaitExit()).isZero();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
			}
		}
	}

	private ServerProcess startWithoutOptions(String name) {
		return ServerProcess.start(name, List.of(), List.of(), System.getProperty("java.class.path"),
				SampleApplication.class.getName(),
				SampleServer.arguments(this.directory, ServerKind.TOMCAT.arguments().toArray(new String[0])), Map.of());
	}

	@Test
	@Tag("jdk-independent")
	void portOfAStrangerIsNamed() throws Exception {
		try (ServerSocket stranger = new ServerSocket(0);
				SampleServer server = SampleServer.start("server", this.directory,
						"--server.port=" + stranger.getLocalPort())) {
			assertThat(server.process.awaitExit()).isEqualTo(1);
			assertThat(server.process.awaitOutput()).contains("APPLICATION FAILED TO START")
				.contains("Listener 'server' cannot be bound")
				.contains(Integer.toString(stranger.getLocalPort()))
				.contains("in use");
		}
	}

	@Test
	@Tag("jdk-independent")
	void wrongPropertyIsNamedWithItsValue() {
		try (SampleServer server = SampleServer.start("server", this.directory, "--handoff.connect-timeout=1s")) {
			assertThat(server.process.awaitExit()).isEqualTo(1);
			assertThat(server.process.awaitOutput()).contains("APPLICATION FAILED TO START")
				.contains("Invalid value '1s' for configuration property 'handoff.connect-timeout'")
				.contains("longer than step-timeout");
		}
	}

	@Test
	void terminatedServerAnswersWhatItHasInHand() throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory)) {
			int port = server.port();
			server.awaitServing();
			try (RawConnection slow = RawConnection.to(port);
					RawConnection halfSent = RawConnection.to(port);
					RawConnection keptAlive = RawConnection.to(port)) {
				keptAlive.get("/generation").response();
				halfSent.send("POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n");
				slow.get("/slow");
				server.process.await("Slow request arrived");
				server.process.signal("TERM");
				server.process.await("SERVING -> DRAINING");
				Response last = keptAlive.get("/release").response();
				assertThat(last.status()).isEqualTo(200);
				assertThat(last.saysClose()).isTrue();
				assertThat(slow.response().body()).isEqualTo("slow");
				assertThat(slow.get("/generation").response().saysClose()).isTrue();
				Response length = halfSent.send("Content-Length: 5\r\n\r\n12345").response();
				assertThat(length.body()).isEqualTo("5");
				assertThat(length.saysClose()).isTrue();
			}
			assertThat(server.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
			assertThat(server.process.output()).doesNotContain("Exception").doesNotContain("ERROR");
		}
	}

	@Test
	@Tag("jdk-independent")
	void drainTimeoutEndsAServerWhoseClientsStay() throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory, "--handoff.drain-timeout=500ms")) {
			int port = server.port();
			server.awaitServing();
			try (RawConnection idle = RawConnection.to(port)) {
				idle.get("/generation").response();
				server.process.signal("TERM");
				assertThat(server.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
				assertThat(idle.isAtEnd()).isTrue();
			}
		}
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void virtualThreadsChangeNothing() throws Exception {
		String virtual = "--spring.threads.virtual.enabled=true";
		try (SampleServer first = SampleServer.start("first", this.directory, virtual)) {
			int port = first.port();
			first.awaitServing();
			assertThat(SampleServer.get(port, "/thread").body()).startsWith("VirtualThread");
			try (RawConnection keptAlive = RawConnection.to(port)) {
				keptAlive.get("/thread").response();
				try (SampleServer second = SampleServer.start("second", this.directory, virtual)) {
					second.awaitServing();
					askUntilItCloses(keptAlive, "/thread");
					assertThat(first.process.awaitExit()).isZero();
					assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
				}
			}
		}
	}

	@Test
	void explicitAddressAndPortAreInherited() throws Exception {
		int port;
		try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			port = free.getLocalPort();
		}
		String[] arguments = { "--server.address=127.0.0.1", "--server.port=" + port };
		try (SampleServer first = SampleServer.start("first", this.directory, arguments)) {
			first.awaitServing();
			try (SampleServer second = SampleServer.start("second", this.directory, arguments)) {
				second.process.await("Listener 'server' inherited");
				second.awaitServing();
				assertThat(first.process.awaitExit()).isZero();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void contextsOfOneProcessAreHandedOverTogether() throws Exception {
		try (SampleServer first = startTwo("first", 0, 0, "--handoff.contexts=2")) {
			int one = first.port();
			first.process.await("nothing is accepted until 1 more of this process are");
			int other = first.port();
			first.awaitServing();
			for (int port : List.of(one, other)) {
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
			}
			try (SampleServer second = startTwo("second", one, other, "--handoff.contexts=2")) {
				second.process.await("Listener 'server' inherited at .*:" + one);
				second.process.await("Listener 'server-2' inherited at .*:" + other);
				second.awaitServing();
				assertThat(first.process.awaitExit()).isZero();
				for (int port : List.of(one, other)) {
					assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
				}
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void aContextWhosePortWouldBeLostDoesNotStart() throws Exception {
		try (SampleServer server = startTwo("server", 0, 0)) {
			assertThat(server.process.awaitExit()).isOne();
			assertThat(server.process.awaitOutput()).contains(
					"Invalid value '1' for configuration property 'handoff.contexts'",
					"1 application context of this process takes part already, so the ports of this one would be closed");
		}
	}

	private SampleServer startTwo(String name, int port, int otherPort, String... arguments) {
		List<String> all = new ArrayList<>(List.of(arguments));
		all.add("--server.port=" + port);
		all.add("--two-contexts.other-port=" + otherPort);
		return SampleServer.start(name, this.directory, TwoContextsApplication.class, all.toArray(new String[0]));
	}

	@Test
	@Tag("jdk-independent")
	void retiredProcessStaysIfToldSo() throws Exception {
		try (SampleServer first = SampleServer.start("first", this.directory, "--handoff.after-drain=stay")) {
			int port = first.port();
			first.awaitServing();
			try (SampleServer second = SampleServer.start("second", this.directory)) {
				second.awaitServing();
				first.process.await("Retired");
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
				assertThat(first.process.isAlive()).isTrue();
				first.process.signal("TERM");
				assertThat(first.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
			}
		}
	}

	@Test
	@Tag("jdk-independent")
	void whatHangsKeepsNoProcess() throws Exception {
		List<String> hurried = List.of("--handoff.ready-timeout=5s", "--handoff.close-timeout=1s",
				"--handoff.drain-timeout=1s");
		try (SampleServer first = start("first", hurried, "--sample.hanging=destruction")) {
			first.awaitServing();
			try (SampleServer starts = start("starts", hurried, "--sample.hanging=start")) {
				// Spring closes a context that starts without waiting for it.
				assertThat(starts.process.awaitExit()).isOne();
			}
			try (SampleServer second = start("second", hurried)) {
				second.awaitServing();
				assertThat(first.process.awaitExit()).isEqualTo(HandoffShutdown.NOT_CLOSED);
				assertThat(first.process.awaitOutput()).contains("Thread 'handoff-exit' is at");
			}
		}
	}

	private SampleServer start(String name, List<String> arguments, String... more) {
		List<String> all = new ArrayList<>(arguments);
		all.addAll(List.of(more));
		return SampleServer.start(name, this.directory, all.toArray(new String[0]));
	}

	@Test
	@Tag("jdk-independent")
	void aTestTakesNothingFromTheServerThatRunsBesideIt() throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory)) {
			int port = server.port();
			server.awaitServing();
			try (ConfigurableApplicationContext context = SpringApplication.run(SampleApplication.class,
					SampleServer.arguments(this.directory).toArray(String[]::new))) {
				assertThat(context.getBeansOfType(Handoff.class)).isEmpty();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
			}
			assertThat(server.process.hasPrinted("OFFERING")).isFalse();
		}
	}

	/**
	 * The predecessor drains from when it is told that its successor serves, so a request
	 * or two may still be answered as usual.
	 */
	private static void askUntilItCloses(RawConnection connection, String path) {
		Awaitility.await().until(() -> {
			Response response = connection.get(path).response();
			assertThat(response.status()).isEqualTo(200);
			return response.saysClose();
		});
	}

}
