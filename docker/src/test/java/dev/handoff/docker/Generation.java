package dev.handoff.docker;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.HealthCheck;
import com.github.dockerjava.api.model.Ports;
import org.awaitility.Awaitility;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.startupcheck.StartupCheckStrategy;

/**
 * A container with one generation of the demo.
 */
final class Generation implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private final DockerClient docker;

	private final GenericContainer<?> container;

	Generation(DockerClient docker, GenericContainer<?> container) {
		this.docker = docker;
		// What has ended already was started, too: tests of failures look at how.
		this.container = container.withStartupCheckStrategy(new StartupCheckStrategy() {

			@Override
			public StartupStatus checkStartupState(DockerClient client, String id) {
				return StartupStatus.SUCCESSFUL;
			}

		});
	}

	void start() {
		this.container.start();
	}

	String id() {
		return this.container.getContainerId();
	}

	/**
	 * Waits until the process has entered a state. Fails at once when it ends before.
	 * @return this generation
	 */
	Generation awaitState(String state) {
		return awaitLog(" -> %s after ".formatted(state));
	}

	/**
	 * Waits until the log contains a text. Fails at once when the container ends without.
	 * @return this generation
	 */
	Generation awaitLog(String text) {
		await("'%s' in the log".formatted(text), (log) -> log.contains(text));
		return this;
	}

	private void await(String what, Predicate<String> condition) {
		try {
			Awaitility.await()
				.atMost(LIMIT)
				.pollInterval(Duration.ofMillis(100))
				.until(() -> !isRunning() || condition.test(logs()));
		}
		catch (RuntimeException ex) {
			throw new AssertionError("no %s within %s:%n%s".formatted(what, LIMIT, logs()), ex);
		}
		if (!condition.test(logs())) {
			throw new AssertionError(
					"ended with %d, without %s:%n%s".formatted(state().getExitCodeLong(), what, logs()));
		}
	}

	boolean hasEntered(String state) {
		return logs().contains(" -> %s after ".formatted(state));
	}

	/**
	 * Waits until the container has ended.
	 * @return its exit code: of the process, or 128 and the number of the signal
	 */
	int awaitExit() {
		try {
			return this.docker.waitContainerCmd(id())
				.exec(new WaitContainerResultCallback())
				.awaitStatusCode(LIMIT.toSeconds(), TimeUnit.SECONDS);
		}
		catch (RuntimeException ex) {
			throw new AssertionError("did not end within %s:%n%s".formatted(LIMIT, logs()), ex);
		}
	}

	void signal(String signal) {
		this.docker.killContainerCmd(id()).withSignal(signal).exec();
	}

	/**
	 * Freezes every process of the container, as if it hung.
	 */
	void pause() {
		this.docker.pauseContainerCmd(id()).exec();
	}

	void unpause() {
		this.docker.unpauseContainerCmd(id()).exec();
	}

	/**
	 * Stops the container as {@code docker stop} does.
	 */
	void stop(Duration patience) {
		this.docker.stopContainerCmd(id()).withTimeout((int) patience.toSeconds()).exec();
	}

	/**
	 * Asks the process itself how it is, with the command line of the image.
	 */
	String status() {
		return run("java", "-jar", "handoff.jar", "status", "--control-socket", "/tmp/handoff/status.sock");
	}

	/**
	 * Runs a command in the container.
	 * @return what it printed
	 */
	String run(String... command) {
		ExecResult result = execute(command);
		return result.getStdout() + result.getStderr();
	}

	private ExecResult execute(String... command) {
		try {
			return this.container.execInContainer(command);
		}
		catch (IOException ex) {
			throw new AssertionError("Cannot run %s:%n%s".formatted(String.join(" ", command), logs()), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new AssertionError("interrupted", ex);
		}
	}

	/**
	 * Returns where a container's port is published.
	 */
	static int publishedPort(InspectContainerResponse container, ExposedPort port) {
		Ports.Binding[] bindings = container.getNetworkSettings().getPorts().getBindings().get(port);
		if (bindings == null || bindings.length == 0) {
			throw new AssertionError("Port %s is not published".formatted(port));
		}
		return Integer.parseInt(bindings[0].getHostPortSpec());
	}

	/**
	 * Runs the health check that the image declares.
	 * @return its exit code
	 */
	int runHealthCheck() {
		HealthCheck check = inspect().getConfig().getHealthcheck();
		List<String> test = (check != null) ? check.getTest() : null;
		if (test == null) {
			throw new AssertionError("The image has no health check");
		}
		return execute(test.subList(1, test.size()).toArray(String[]::new)).getExitCode();
	}

	boolean isRunning() {
		return Boolean.TRUE.equals(state().getRunning());
	}

	InspectContainerResponse.ContainerState state() {
		return inspect().getState();
	}

	InspectContainerResponse inspect() {
		return this.docker.inspectContainerCmd(id()).exec();
	}

	String logs() {
		return this.container.getLogs();
	}

	@Override
	public void close() {
		this.container.stop();
	}

}
