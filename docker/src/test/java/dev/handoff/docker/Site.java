package dev.handoff.docker;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.CreateContainerCmd;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.Volume;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.AbstractWaitStrategy;
import org.testcontainers.utility.DockerImageName;

/**
 * What the generations share: a network namespace, held by a container that publishes the
 * port, and the volume of the control socket. Removes all that was made in it.
 */
final class Site implements AutoCloseable {

	/** An option of the JVM: none lives long enough to be optimised. */
	static final String QUICK_START = "-XX:TieredStopAtLevel=1";

	private static final int PORT = 8080;

	private final DockerClient docker = DockerClientFactory.lazyClient();

	private final String volume = "handoff-" + UUID.randomUUID();

	private final GenericContainer<?> holder = new GenericContainer<>(DockerImageName.parse(DemoImage.BASE))
		.withCommand("sleep", "infinity")
		.withExposedPorts(PORT)
		// Nobody listens yet.
		.waitingFor(new AbstractWaitStrategy() {

			@Override
			protected void waitUntilReady() {
			}

		})
		.withCreateContainerCmdModifier((command) -> hostConfig(command).withInit(true));

	private final List<Generation> generations = new ArrayList<>();

	Site() {
		this.holder.start();
	}

	/**
	 * Starts a generation as {@code docker/compose.yaml} does, with an observation window
	 * of two seconds.
	 * @param image the image
	 * @param environment variables besides, as {@code NAME=value}
	 */
	Generation start(String image, String... environment) {
		return start(image, (command) -> {
		}, environment);
	}

	/**
	 * Starts a generation.
	 * @param special changes what is usual
	 */
	Generation start(String image, Consumer<CreateContainerCmd> special, String... environment) {
		Map<String, String> variables = new HashMap<>(Map.of("HANDOFF_OBSERVATION_WINDOW", "2s", "HANDOFF_STEP_TIMEOUT",
				"3s", "HANDOFF_READY_TIMEOUT", "60s", "JDK_JAVA_OPTIONS", QUICK_START));
		for (String variable : environment) {
			String[] nameAndValue = variable.split("=", 2);
			variables.put(nameAndValue[0], nameAndValue[1]);
		}
		GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(image)).withEnv(variables)
			.withNetworkMode("container:" + this.holder.getContainerId())
			.withTmpFs(Map.of("/tmp", "exec"))
			.withCreateContainerCmdModifier((command) -> {
				hostConfig(command).withBinds(new Bind(this.volume, new Volume("/run/handoff")))
					.withReadonlyRootfs(true)
					.withMemory(512L * 1024 * 1024)
					.withSecurityOpts(List.of("no-new-privileges"))
					.withCapDrop(com.github.dockerjava.api.model.Capability.ALL);
				special.accept(command);
			});
		Generation generation = new Generation(this.docker, container);
		this.generations.add(generation);
		generation.start();
		return generation;
	}

	static HostConfig hostConfig(CreateContainerCmd command) {
		HostConfig config = command.getHostConfig();
		if (config == null) {
			throw new IllegalStateException("The container has no host configuration");
		}
		return config;
	}

	/**
	 * Returns the address of the published port.
	 */
	InetSocketAddress address() {
		return new InetSocketAddress(this.holder.getHost(), this.holder.getMappedPort(PORT));
	}

	String holderId() {
		return this.holder.getContainerId();
	}

	String volume() {
		return this.volume;
	}

	@Override
	public void close() {
		this.generations.forEach(Generation::close);
		this.holder.stop();
		try {
			this.docker.removeVolumeCmd(this.volume).exec();
		}
		catch (NotFoundException ex) {
			// Nothing was started that uses it.
		}
	}

}
