package dev.handoff.docker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.ExposedPort;
import dev.handoff.testsupport.ProcessTree;
import org.testcontainers.DockerClientFactory;

/**
 * {@code docker/roll} with {@code docker/compose.yaml}, as a project of its own.
 */
final class Roll implements AutoCloseable {

	private static final int LIMIT_MINUTES = 4;

	static final Path FILE = DemoImage.ROOT.resolve("docker/compose.yaml");

	private final DockerClient docker = DockerClientFactory.lazyClient();

	private final String project = "roll-" + UUID.randomUUID();

	private final String compose;

	private final Path file;

	Roll(String compose) {
		this(compose, FILE);
	}

	/**
	 * Uses another compose file than the project's.
	 */
	Roll(String compose, Path file) {
		this.compose = compose;
		this.file = file;
	}

	/**
	 * Returns the compose commands of this machine.
	 */
	static List<String> composeCommands() {
		List<String> commands = new ArrayList<>();
		for (String command : List.of("docker compose", "docker-compose")) {
			try {
				if (execute(List.of((command + " version").split(" ", -1)), Map.of()).exitCode() == 0) {
					commands.add(command);
				}
			}
			catch (IOException ex) {
				// Not installed.
			}
		}
		return commands;
	}

	/**
	 * Rolls to an image.
	 * @param options what comes before the image
	 */
	Result to(String image, String... options) throws IOException {
		List<String> command = new ArrayList<>(List.of(DemoImage.ROOT.resolve("docker/roll").toString()));
		command.addAll(List.of(options));
		command.add(image);
		return execute(command, environment(image));
	}

	private Map<String, String> environment(String image) {
		return Map.of("COMPOSE", this.compose, "COMPOSE_PROJECT_NAME", this.project, "COMPOSE_FILE",
				this.file.toString(), "BASE_IMAGE", DemoImage.BASE, "IMAGE", image,
				// Any port.
				"PUBLISH", "127.0.0.1:", "HANDOFF_OBSERVATION_WINDOW", "2s", "JDK_JAVA_OPTIONS",
				"-XX:MaxRAMPercentage=50 -Xms64m " + Site.QUICK_START);
	}

	static Result execute(List<String> command, Map<String, String> environment) throws IOException {
		Path output = Files.createTempFile("roll", ".log");
		try {
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true)
				.redirectOutput(output.toFile());
			builder.environment().putAll(environment);
			Process process = builder.start();
			try {
				if (!process.waitFor(LIMIT_MINUTES, TimeUnit.MINUTES)) {
					throw new AssertionError("%s did not end:%n%s".formatted(command, Files.readString(output)));
				}
			}
			finally {
				// The script's commands would outlive it.
				ProcessTree.end(process.toHandle());
			}
			return new Result(process.exitValue(), Files.readString(output, StandardCharsets.UTF_8));
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError("interrupted", ex);
		}
		finally {
			Files.delete(output);
		}
	}

	String holderId() {
		return containers("holder").get(0).getId();
	}

	InetSocketAddress address() {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(),
				Generation.publishedPort(this.docker.inspectContainerCmd(holderId()).exec(), ExposedPort.tcp(8080)));
	}

	/**
	 * Returns the containers of a service, the stopped ones as well.
	 */
	List<Container> containers(String service) {
		return this.docker.listContainersCmd()
			.withShowAll(true)
			.withLabelFilter(Map.of("com.docker.compose.project", this.project, "com.docker.compose.service", service))
			.exec();
	}

	/**
	 * Returns the restart policy of the only container of a service.
	 */
	String restartPolicy(String service) {
		return this.docker.inspectContainerCmd(containers(service).get(0).getId())
			.exec()
			.getHostConfig()
			.getRestartPolicy()
			.getName();
	}

	@Override
	public void close() {
		// First what the holder cannot be removed without on Podman; Compose removes all
		// at once.
		compose("rm", "--stop", "--force", "app");
		compose("down", "--volumes", "--timeout", "1");
	}

	private void compose(String... arguments) {
		List<String> command = new ArrayList<>(List.of(this.compose.split(" ", -1)));
		command.addAll(List.of(arguments));
		try {
			Result result = execute(command, environment("none"));
			if (result.exitCode() != 0) {
				throw new AssertionError(result.output());
			}
		}
		catch (IOException ex) {
			throw new AssertionError("cannot remove " + this.project, ex);
		}
	}

	/**
	 * How a command ended.
	 */
	record Result(int exitCode, String output) {
	}

}
