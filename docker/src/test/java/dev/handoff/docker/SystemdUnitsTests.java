package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import dev.handoff.docker.Orchestration.Unit;
import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the units for systemd.
 */
class SystemdUnitsTests {

	private static final Path UNITS = Path.of("systemd");

	private static final Path ANALYZE = Path.of("/usr/bin/systemd-analyze");

	private final Unit service = Orchestration.unit(UNITS.resolve("orders.service"));

	private final Unit socket = Orchestration.unit(UNITS.resolve("orders.socket"));

	@Test
	void systemdHasNothingToSayAboutTheUnits() throws Exception {
		assertThat(verify(UNITS)).isEmpty();
	}

	@Test
	void systemdNamesAMistake(@TempDir Path directory) throws Exception {
		for (String name : List.of("orders.service", "orders.socket")) {
			Files.writeString(directory.resolve(name),
					Orchestration.read(UNITS.resolve(name)).replace("KillMode=control-group", "KillMode=everything"));
		}
		assertThat(verify(directory)).contains("Failed to parse kill mode");
	}

	// Only the programs are looked for on this machine, so /usr/bin/java has to be there.
	private static String verify(Path directory) throws IOException, InterruptedException {
		Requirement.SYSTEMD.checkProgram(ANALYZE.toString(), "systemd");
		Requirement.SYSTEMD.checkProgram("/usr/bin/java", "default-jre-headless");
		Path output = Files.createTempFile("systemd-analyze", ".log");
		try {
			Process process = new ProcessBuilder(ANALYZE.toString(), "verify", "--man=no", "--generators=no",
					"./orders.service", "./orders.socket")
				.directory(directory.toFile())
				.redirectErrorStream(true)
				.redirectOutput(output.toFile())
				.start();
			try {
				assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("systemd-analyze ends").isTrue();
			}
			finally {
				ProcessTree.end(process.toHandle());
			}
			return Files.readString(output);
		}
		finally {
			Files.delete(output);
		}
	}

	@Test
	void theEnvironmentIsKnown() {
		Orchestration.checkEnvironment(this.service.environment(), "exit");
	}

	@Test
	void theUnitLivesThroughAHandoff() {
		assertThat(this.service.keys()).containsEntry("Type", "notify").containsEntry("NotifyAccess", "all");
	}

	@Test
	void aPredecessorDrainsToItsEndWhenTheUnitIsStopped() {
		assertThat(this.service.keys()).containsEntry("KillMode", "control-group");
		assertThat(Orchestration.duration(this.service.keys(), "TimeoutStopSec"))
			.isGreaterThan(Orchestration.duration(this.service.environment(), "HANDOFF_DRAINTIMEOUT"));
	}

	@Test
	void aSuccessorThatIsKilledForWantOfMemoryDoesNotStopTheUnit() {
		assertThat(this.service.keys()).containsEntry("OOMPolicy", "continue");
	}

	@Test
	void nothingIsExpectedThatTheStarterDoesNotSend() {
		assertThat(this.service.keys()).doesNotContainKey("WatchdogSec");
	}

	@Test
	void aReloadHasTimeForAHandoff() {
		Duration longest = Orchestration.longestHandoff(this.service.environment());
		assertThat(Orchestration.duration(this.service.keys(), "TimeoutStartSec")).isGreaterThan(Duration.ofMinutes(3));
		assertThat(this.service.keys().get("ExecReload")).contains(" trigger ", " wait --timeout 3m ");
		assertThat(Duration.ofMinutes(3)).isGreaterThan(longest);
	}

	@Test
	void theCommandsFindTheControlSocketInItsRuntimeDirectory() {
		String controlSocket = this.service.environment().get("HANDOFF_CONTROLSOCKET");
		assertThat(controlSocket).startsWith("%t/" + this.service.keys().get("RuntimeDirectory") + "/");
		assertThat(Objects.requireNonNull(this.service.keys().get("ExecReload")).lines()).hasSize(2)
			.allSatisfy((command) -> assertThat(command).endsWith(" --control-socket " + controlSocket));
	}

	@Test
	void theSocketHasTheNameOfTheMainPortsListener() {
		assertThat(this.service.keys()).containsEntry("Sockets", "orders.socket");
		assertThat(this.socket.keys()).containsEntry("FileDescriptorName", "server")
			.containsEntry("ListenStream", "8080");
	}

}
