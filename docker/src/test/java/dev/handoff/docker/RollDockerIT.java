package dev.handoff.docker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.testcontainers.DockerClientFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * {@code docker/roll} with each compose command that there is.
 */
@NeedsEngine
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class RollDockerIT {

	private static final int REQUESTS = Integer.getInteger("containers.requests", 10_000);

	static List<String> composeCommands() {
		return Roll.composeCommands();
	}

	@BeforeAll
	static void requireCompose() {
		Requirement.CONTAINERS.check(!composeCommands().isEmpty(),
				"neither docker compose nor docker-compose is installed");
	}

	@ParameterizedTest
	@MethodSource("composeCommands")
	void rollsUnderLoadWithoutAFailedRequestAndLeavesOneContainer(String compose) throws Exception {
		// With options that a second JVM beside the server's cannot have.
		List<String> images = List.of(DemoImage.derived("v1",
				"ENV SPRING_APPLICATION_VERSION=1 JAVA_TOOL_OPTIONS=-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:5005"),
				DemoImage.derived("v2",
						"ENV SPRING_APPLICATION_VERSION=2 _JAVA_OPTIONS=-XX:NativeMemoryTracking=summary"));
		try (Roll roll = new Roll(compose)) {
			succeed(roll, images.get(0));
			try (Load load = new Load(roll.holderId(), roll.address())) {
				int generation = 0;
				while (generation < 3 || load.outside().requests() < REQUESTS) {
					generation++;
					succeed(roll, images.get(generation % 2));
					load.awaitAnswerOf(generation);
					assertThat(roll.containers("app")).singleElement()
						.satisfies((container) -> assertThat(container.getState()).isEqualTo("running"));
					assertThat(roll.restartPolicy("app")).isEqualTo("unless-stopped");
				}
				load.end();
				assertThat(load.failed()).as(load.report()).isZero();
				System.out.println("%s: %d rolls, %d requests from outside, %d in all, %d failed".formatted(compose,
						generation, load.outside().requests(), load.requests(), load.failed()));
			}
		}
	}

	@ParameterizedTest
	@MethodSource("composeCommands")
	void aBadImageIsRemovedWithItsReasonAndTheOldOneServesOn(String compose) throws Exception {
		try (Roll roll = new Roll(compose)) {
			succeed(roll, DemoImage.name());
			// So that the handoff that fails is not the only one.
			succeed(roll, DemoImage.name());
			String serving = roll.containers("app").get(0).getId();
			try (Load load = new Load(roll.holderId(), roll.address())) {
				fail(roll, DemoImage.derived("bad", "ENV SERVER_SSL_CERTIFICATE=lost.pem"), 60, serving, exited(),
						"Error starting ApplicationContext", "the old container says: outcome ABORTED");
				fail(roll, "handoff-test:none", 60, serving, "no container of handoff-test:none could be made");
				fail(roll, DemoImage.derived("hangs", "ENTRYPOINT [\"sleep\", \"infinity\"]"), 3, serving,
						"the new container does not serve after 3 seconds, it is silent");
				succeed(roll, DemoImage.name());
				load.awaitAnswerOf(2);
				load.end();
				assertThat(load.failed()).as(load.report()).isZero();
			}
		}
	}

	@ParameterizedTest
	@MethodSource("composeCommands")
	void aServiceWithoutARestartPolicyIsRolled(String compose, @TempDir Path directory) throws Exception {
		String restart = "    restart: unless-stopped\n";
		String composed = Files.readString(Roll.FILE);
		assertThat(composed).containsOnlyOnce(restart);
		Path file = Files.writeString(directory.resolve("compose.yaml"), composed.replace(restart, ""));
		try (Roll roll = new Roll(compose, file)) {
			succeed(roll, DemoImage.name());
			succeed(roll, DemoImage.name());
			assertThat(roll.containers("app")).singleElement()
				.satisfies((container) -> assertThat(container.getState()).isEqualTo("running"));
		}
	}

	/**
	 * Returns how a failure begins: Podman may have restarted the container before its
	 * exit code was seen.
	 */
	private static String exited() {
		boolean podman = DockerClientFactory.lazyClient()
			.versionCmd()
			.exec()
			.getComponents()
			.stream()
			.anyMatch((component) -> component.getName().startsWith("Podman"));
		return podman ? "the new container exited" : "the new container exited with code 1";
	}

	private static void succeed(Roll roll, String image) throws Exception {
		Roll.Result result = roll.to(image);
		assertThat(result.exitCode()).as(result.output()).isZero();
	}

	private static void fail(Roll roll, String image, int seconds, String serving, String... reasons) throws Exception {
		Roll.Result result = roll.to(image, "-t", Integer.toString(seconds));
		assertThat(result.exitCode()).as(result.output()).isOne();
		assertThat(result.output()).contains(reasons).contains("the old container serves on");
		assertThat(roll.containers("app")).singleElement()
			.satisfies((container) -> assertThat(container.getId()).isEqualTo(serving));
	}

}
