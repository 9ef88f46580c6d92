package dev.handoff.demo.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Starts the demo, loads it, restarts it by starting the same jar again, and tells what
 * the clients saw. Exits non-zero if a request failed or a restart did not come about.
 * <p>
 * System properties: {@code demo.jar}, {@code handoffs}, {@code seconds} (of load),
 * {@code keep} (leave it running afterwards).
 */
public final class Demonstration {

	private static final Duration START_LIMIT = Duration.ofSeconds(90);

	private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

	private static final Duration KEEP_LIMIT = Duration.ofHours(4);

	private final Path jar;

	private final int handoffs;

	private final Duration pause;

	private final Path directory;

	private final InetSocketAddress address;

	private final Tally tally = new Tally();

	private final List<ServerInstance> instances = new ArrayList<>();

	Demonstration(Path jar, int handoffs, Duration load, Path directory, int port) {
		this.jar = jar;
		this.handoffs = handoffs;
		this.pause = load.dividedBy(handoffs + 1);
		this.directory = directory;
		this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
	}

	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("handoff-demo");
		Demonstration demonstration = new Demonstration(Path.of(System.getProperty("demo.jar")),
				Integer.getInteger("handoffs", 3), Duration.ofSeconds(Integer.getInteger("seconds", 40)), directory,
				freePort());
		Runtime.getRuntime().addShutdownHook(new Thread(demonstration::endProcesses));
		boolean passed = demonstration.run();
		if (Boolean.getBoolean("keep")) {
			demonstration.keep();
		}
		System.exit(passed ? 0 : 1);
	}

	/**
	 * Runs the demonstration.
	 * @return whether nothing failed
	 */
	@SuppressWarnings("try") // the clients run, nobody talks to them
	boolean run() throws IOException, InterruptedException {
		say("Starting generation 0 at http://localhost:%d/ (logs in %s)".formatted(this.address.getPort(),
				this.directory));
		ServerInstance first = start(0);
		if (!first.await("SERVING", START_LIMIT)) {
			say("Generation 0 did not start, see " + first.log());
			return false;
		}
		boolean complete;
		List<String> timings = new ArrayList<>();
		ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor();
		try (LoadClients clients = LoadClients.start(this.address, this.tally)) {
			ScheduledFuture<?> reports = reporter.scheduleAtFixedRate(this::report, 1, 1, TimeUnit.SECONDS);
			complete = restart(first, timings);
			reports.cancel(false);
		}
		finally {
			reporter.shutdownNow();
		}
		say("");
		say(this.tally.table());
		say("");
		timings.forEach(Demonstration::say);
		say("");
		say("handoffs: %d  requests: %d  failed: %d".formatted(timings.size(), this.tally.requests(),
				this.tally.failed()));
		return complete && this.tally.failed() == 0;
	}

	private boolean restart(ServerInstance first, List<String> timings) throws IOException, InterruptedException {
		ServerInstance predecessor = first;
		for (int generation = 1; generation <= this.handoffs; generation++) {
			TimeUnit.MILLISECONDS.sleep(this.pause.toMillis());
			say("Starting generation " + generation);
			ServerInstance successor = start(generation);
			if (!successor.await("SERVING", START_LIMIT)) {
				say("Generation %d does not serve, see %s".formatted(generation, successor.log()));
				return false;
			}
			say("Generation %d serves".formatted(generation));
			if (!predecessor.awaitExit(EXIT_LIMIT) || predecessor.exitCode() != 0) {
				say("Generation %d did not exit with code 0, see %s".formatted(generation - 1, predecessor.log()));
				return false;
			}
			timings.add(timing(generation, predecessor, successor));
			predecessor = successor;
		}
		TimeUnit.MILLISECONDS.sleep(this.pause.toMillis());
		if (this.tally.newestGeneration() != this.handoffs) {
			say("Generation %d answered last, not %d".formatted(this.tally.newestGeneration(), this.handoffs));
			return false;
		}
		return true;
	}

	private static String timing(int generation, ServerInstance predecessor, ServerInstance successor) {
		Instant released = predecessor.entered("OBSERVING");
		return "handoff to generation %d: ready after %s, release to serving %s, observed %s, drained in %s".formatted(
				generation, millis(successor.started(), successor.entered("STANDBY")),
				millis(released, successor.entered("SERVING")), millis(released, predecessor.entered("DRAINING")),
				millis(predecessor.entered("DRAINING"), predecessor.ended()));
	}

	private static String millis(Instant from, Instant to) {
		return to.equals(Instant.MAX) ? "?" : "%d ms".formatted(Duration.between(from, to).toMillis());
	}

	private ServerInstance start(int generation) throws IOException {
		ServerInstance instance = ServerInstance.start(Path.of(System.getProperty("java.home"), "bin", "java"),
				this.jar, generation, this.directory,
				List.of("--server.port=" + this.address.getPort(),
						"--handoff.control-socket=" + this.directory.resolve("control.sock"),
						"--handoff.observation-window=2s",
						"--demo.stats-file=" + this.directory.resolve("stats.json")));
		synchronized (this.instances) {
			this.instances.add(instance);
		}
		return instance;
	}

	private void report() {
		Tally.Snapshot second = this.tally.nextSecond(Instant.now().toEpochMilli());
		say(second.text());
		try {
			Path written = Files.writeString(this.directory.resolve("stats.new"), second.json());
			Files.move(written, this.directory.resolve("stats.json"), StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			say("Cannot write the dashboard's numbers: " + ex);
		}
	}

	private void keep() throws InterruptedException {
		say("Left running, the dashboard is at http://localhost:%d/".formatted(this.address.getPort()));
		say("Another generation: java -jar %s --server.port=%d --handoff.control-socket=%s".formatted(this.jar,
				this.address.getPort(), this.directory.resolve("control.sock")));
		say("Ctrl-C ends it, as do %d hours.".formatted(KEEP_LIMIT.toHours()));
		new CountDownLatch(1).await(KEEP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
	}

	long requests() {
		return this.tally.requests();
	}

	long failed() {
		return this.tally.failed();
	}

	String table() {
		return this.tally.table();
	}

	/**
	 * Ends every process that was started here, by its own id.
	 */
	void endProcesses() {
		synchronized (this.instances) {
			this.instances.forEach(ServerInstance::close);
		}
	}

	static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static void say(String line) {
		System.out.println(line);
	}

}
