package dev.handoff.boot;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.sample.SampleApplication;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Several instances of one application on one host.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class InstancesIT {

	@TempDir
	private Path directory;

	@Test
	void twoPortsAreTwoInstancesWithoutAnyConfiguration() throws Exception {
		int port = SampleServer.freePort();
		int otherPort = SampleServer.freePort();
		try (ServerProcess instance = start("instance", port); ServerProcess other = start("other", otherPort)) {
			instance.await("-> SERVING");
			other.await("-> SERVING");
			try (ServerProcess successor = start("successor", port)) {
				successor.await("-> SERVING");
				assertThat(instance.awaitExit()).isZero();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
				assertThat(SampleServer.get(otherPort, "/generation").body()).isEqualTo("generation 0");
				assertThat(other.isAlive()).isTrue();
			}
		}
	}

	@Test
	void anInstanceOnTheControlSocketOfAnotherOneIsToldSo() throws Exception {
		int port = SampleServer.freePort();
		String controlSocket = "--handoff.control-socket=" + this.directory.resolve("control.sock");
		try (ServerProcess instance = start("instance", port, controlSocket)) {
			instance.await("-> SERVING");
			try (ServerProcess other = start("other", SampleServer.freePort(), controlSocket)) {
				assertThat(other.awaitExit()).isOne();
				assertThat(other.awaitOutput()).contains("APPLICATION FAILED TO START", "listener 'server' at",
						"a handoff.control-socket of its own");
			}
			instance.await("-> SERVING after");
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
		}
	}

	@Test
	void aPortThatIsNotHandedOverIsExplained() throws Exception {
		int port = SampleServer.freePort();
		String otherPort = Integer.toString(SampleServer.freePort());
		try (ServerProcess instance = start("instance", port, "--sample.other-port=" + otherPort)) {
			instance.await("-> SERVING");
			try (ServerProcess successor = start("successor", port, "--sample.other-port=" + otherPort)) {
				assertThat(successor.awaitExit()).isOne();
				assertThat(successor.awaitOutput()).contains("APPLICATION FAILED TO START",
						"Port %s cannot be opened, because the running process of this application (%d) has it open"
							.formatted(otherPort, instance.pid()));
			}
			instance.await("-> SERVING after");
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
		}
	}

	@Test
	void whoTakesAnyPortReplacesNobodyUnlessItSaysWhom() throws Exception {
		try (ServerProcess instance = start("instance", 0); ServerProcess other = start("other", 0)) {
			for (ServerProcess each : List.of(instance, other)) {
				each.await("Handoff is off: server.port is 0");
				int port = Integer.parseInt(each.await("Tomcat started on port (\\d+)").group(1));
				each.await("Started SampleApplication");
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("no handoff");
			}
			assertThat(instance.isAlive()).isTrue();
		}
	}

	private ServerProcess start(String name, int port, String... arguments) {
		List<String> all = new ArrayList<>(ServerKind.TOMCAT.arguments());
		all.addAll(List.of("--spring.application.name=sample", "--server.port=" + port, "--spring.main.banner-mode=off",
				"--handoff.observation-window=500ms"));
		all.addAll(List.of(arguments));
		return ServerProcess.start(name, List.of(), List.of(SampleArchive.jvmArgument()), SampleArchive.CLASS_PATH,
				SampleApplication.class.getName(), all, Map.of("XDG_RUNTIME_DIR", this.directory.toString()));
	}

}
