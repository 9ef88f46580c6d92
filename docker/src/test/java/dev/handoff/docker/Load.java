package dev.handoff.docker;

import java.net.InetSocketAddress;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import dev.handoff.demo.load.Failure;
import dev.handoff.demo.load.LoadClients;
import dev.handoff.demo.load.Tally;
import org.HdrHistogram.Histogram;
import org.awaitility.Awaitility;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.MountableFile;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The load client twice: outside of the containers, against the published port, and in
 * the site's network namespace, where no proxy of the engine can hide a refused
 * connection.
 */
final class Load implements AutoCloseable {

	private static final Pattern RESULT = Pattern.compile("requests: (\\d+) failed: (\\d+) refused: (\\d+)");

	private final Tally outside = new Tally();

	private final LoadClients clients;

	private final GenericContainer<?> inside;

	private boolean closed;

	private String insideTable = "";

	private long insideRequests;

	private long insideFailed;

	private long insideRefused;

	Load(Site site) {
		this(site.holderId(), site.address());
	}

	/**
	 * Starts the load.
	 * @param holder the container whose network namespace is loaded from inside
	 * @param address where its port is published
	 */
	Load(String holder, InetSocketAddress address) {
		List<MountableFile> classPath = List.of(place(InsideLoad.class), place(LoadClients.class),
				place(Histogram.class));
		this.inside = new GenericContainer<>(DockerImageName.parse(DemoImage.BASE))
			.withNetworkMode("container:" + holder)
			.withCommand("java", "-Xmx64m", "-XX:+UseSerialGC", "-cp", "/load/0:/load/1:/load/2",
					InsideLoad.class.getName(), "8080")
			.waitingFor(Wait.forLogMessage("loading\\s*", 1).withStartupTimeout(Duration.ofSeconds(30)));
		for (int i = 0; i < classPath.size(); i++) {
			this.inside.withCopyFileToContainer(classPath.get(i), "/load/" + i);
		}
		this.inside.start();
		this.clients = LoadClients.start(address, this.outside);
	}

	private static MountableFile place(Class<?> type) {
		URL location = type.getProtectionDomain().getCodeSource().getLocation();
		try {
			return MountableFile.forHostPath(Path.of(location.toURI()));
		}
		catch (URISyntaxException ex) {
			throw new IllegalStateException("Cannot find " + type, ex);
		}
	}

	/**
	 * Waits until that many more requests have come from outside.
	 */
	void awaitMore(long requests) {
		long goal = this.outside.requests() + requests;
		Awaitility.await()
			.atMost(Duration.ofSeconds(90))
			.untilAsserted(() -> assertThat(this.outside.requests()).as(() -> this.outside.table())
				.isGreaterThanOrEqualTo(goal));
	}

	/**
	 * Waits until a generation has answered from outside.
	 */
	void awaitAnswerOf(int generation) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(20))
			.untilAsserted(
					() -> assertThat(this.outside.answeredBy(generation)).as(() -> this.outside.table()).isPositive());
	}

	Tally outside() {
		return this.outside;
	}

	long requests() {
		return this.outside.requests() + this.insideRequests;
	}

	long failed() {
		return this.outside.failed() + this.insideFailed;
	}

	/**
	 * Returns how many connections were refused; outside, a proxy may hide them.
	 */
	long refused() {
		return this.outside.failed(Failure.Kind.REFUSED) + this.insideRefused;
	}

	long insideRequests() {
		return this.insideRequests;
	}

	String report() {
		return "outside:%n%s%ninside:%n%s".formatted(this.outside.table(), this.insideTable);
	}

	@Override
	public void close() {
		end();
	}

	/**
	 * Lets the requests under way end, and counts.
	 */
	void end() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		DockerClient docker = DockerClientFactory.lazyClient();
		String id = this.inside.getContainerId();
		// Both finish requests that take some seconds.
		docker.killContainerCmd(id).withSignal("TERM").exec();
		this.clients.close();
		docker.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode(60, TimeUnit.SECONDS);
		this.insideTable = this.inside.getLogs();
		Matcher result = RESULT.matcher(this.insideTable);
		this.inside.stop();
		if (!result.find()) {
			throw new AssertionError("the load inside ended without a result:\n" + this.insideTable);
		}
		this.insideRequests = Long.parseLong(result.group(1));
		this.insideFailed = Long.parseLong(result.group(2));
		this.insideRefused = Long.parseLong(result.group(3));
	}

}
