package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import dev.handoff.docker.Orchestration.Unit;
import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of the Quadlet files for Podman.
 */
class PodmanQuadletsTests {

	private static final Path QUADLETS = Path.of("podman");

	// Debian 12 has Podman 4.3, which lacks it.
	private static final Path GENERATOR = Path.of("/usr/libexec/podman/quadlet");

	private final Unit container = Orchestration.unit(QUADLETS.resolve("orders@.container"));

	private final Unit pod = Orchestration.unit(QUADLETS.resolve("orders.pod"));

	@Test
	void podmanMakesUnitsOfThem() throws IOException, InterruptedException {
		Requirement.QUADLET.check(Files.isExecutable(GENERATOR),
				"Podman's generator, of 5.6 or newer, is not installed");
		Path output = Files.createTempFile("quadlet", ".log");
		try {
			ProcessBuilder builder = new ProcessBuilder(GENERATOR.toString(), "-dryrun").redirectErrorStream(true)
				.redirectOutput(output.toFile());
			builder.environment().put("QUADLET_UNIT_DIRS", QUADLETS.toAbsolutePath().toString());
			Process process = builder.start();
			try {
				assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
			}
			finally {
				ProcessTree.end(process.toHandle());
			}
			assertThat(process.exitValue()).as(Files.readString(output)).isZero();
			assertThat(Files.readString(output)).contains("orders@.service", "orders-pod.service")
				.doesNotContain("unsupported key");
		}
		finally {
			Files.delete(output);
		}
	}

	@Test
	void theEnvironmentIsKnown() {
		Orchestration.checkEnvironment(this.container.environment(), "exit");
	}

	@Test
	void whatEndedWithCodeZeroIsNotStartedAgain() {
		assertThat(this.container.keys()).containsEntry("Restart", "on-failure");
	}

	@Test
	void thePodHoldsTheNamespaceAndThePort() {
		assertThat(this.container.keys()).containsEntry("Pod", "orders.pod")
			.containsEntry("StartWithPod", "false")
			.doesNotContainKeys("Network", "PublishPort");
		assertThat(this.pod.keys()).containsEntry("PublishPort", "8080:8080").containsEntry("ExitPolicy", "continue");
		assertThat(QUADLETS.resolve(this.pod.keys().get("Network"))).exists();
	}

	@Test
	void theControlSocketIsInTheSharedVolume() {
		String[] volume = Objects.requireNonNull(this.container.keys().get("Volume")).split(":", 2);
		assertThat(QUADLETS.resolve(volume[0])).exists();
		assertThat(this.container.environment().get("HANDOFF_CONTROLSOCKET")).startsWith(volume[1] + "/");
	}

	@Test
	void startAndStopHaveTimeForAHandoffAndADrain() {
		assertThat(this.container.keys()).containsEntry("Notify", "true");
		assertThat(Orchestration.duration(this.container.keys(), "TimeoutStartSec"))
			.isGreaterThan(Orchestration.longestHandoff(this.container.environment()));
		assertThat(Orchestration.duration(this.container.keys(), "StopTimeout"))
			.isGreaterThan(Orchestration.duration(this.container.environment(), "HANDOFF_DRAINTIMEOUT"))
			.isLessThan(Orchestration.duration(this.container.keys(), "TimeoutStopSec"));
	}

}
