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
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Starts the demo, loads it, restarts it by starting the same jar again, and tells what
 * the clients saw. Exits non-zero if a request failed or a restart did not come about.
 * <p>
 * Which generation serves is taken from the responses. When a process changed its state
 * is read from its log, because that is the only place that knows it to the millisecond;
 * the log decides no more than that.
 * <p>
 * System properties: {@code demo.jar}, {@code handoffs}, {@code seconds} (of load, beside
 * the restarts themselves), {@code keep} (leave it running afterwards).
 */
public final class Demonstration implements AutoCloseable {

	private static final int MAX_HANDOFFS = 1000;

	private static final int MAX_SECONDS = 3600;

	private static final Duration START_LIMIT = Duration.ofSeconds(90);

	private static final Duration ANSWER_LIMIT = Duration.ofSeconds(10);

	private static final Duration EXIT_LIMIT = Duration.ofSeconds(60);

	private static final Duration KEEP_LIMIT = Duration.ofHours(4);

	private final Path jar;

	private final int handoffs;

	private final Duration pause;

	private final Path directory;

	private final InetSocketAddress address;

	private final int managementPort;

	private final Tally tally = new Tally();

	private final List<ServerInstance> instances = new ArrayList<>();

	private final List<String> timings = new ArrayList<>();

	private boolean closed;

	Demonstration(Path jar, int handoffs, Duration load, Path directory) throws IOException {
		if (handoffs < 0 || handoffs > MAX_HANDOFFS) {
			throw new IllegalArgumentException(
					"handoffs is %d, must be between 0 and %d".formatted(handoffs, MAX_HANDOFFS));
		}
		if (load.isNegative() || load.toSeconds() > MAX_SECONDS) {
			throw new IllegalArgumentException(
					"seconds is %d, must be between 0 and %d".formatted(load.toSeconds(), MAX_SECONDS));
		}
		this.jar = jar;
		this.handoffs = handoffs;
		this.pause = load.dividedBy(handoffs + 1);
		this.directory = directory;
		this.address = new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort());
		this.managementPort = freePort();
	}

	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("handoff-demo");
		Demonstration demonstration = new Demonstration(Path.of(System.getProperty("demo.jar")),
				Integer.getInteger("handoffs", 3), Duration.ofSeconds(Integer.getInteger("seconds", 40)), directory);
		Runtime.getRuntime().addShutdownHook(new Thread(demonstration::close));
		boolean passed = demonstration.run();
		if (Boolean.getBoolean("keep")) {
			demonstration.keep();
		}
		System.exit(passed ? 0 : 1);
	}

	/**
	 * Runs the demonstration. The last generation is left running, until
	 * {@link #close()}.
	 * @return whether every restart came about and no request failed
	 */
	boolean run() throws IOException, InterruptedException {
		say("Starting generation 0 at %s (logs in %s)".formatted(url(), this.directory));
		ServerInstance first = start(0);
		if (!first.await("SERVING", START_LIMIT)) {
			say("FAILED: generation 0 does not serve, see " + first.log());
			return false;
		}
		String problem = restartUnderLoad(first);
		say("");
		say(this.tally.table());
		say("");
		this.timings.forEach(Demonstration::say);
		say("");
		if (problem != null) {
			say("FAILED: " + problem);
		}
		say("handoffs: %d  requests: %d  failed: %d".formatted(this.timings.size(), this.tally.requests(),
				this.tally.failed()));
		return problem == null && this.tally.requests() > 0 && this.tally.failed() == 0;
	}

	@SuppressWarnings("try") // the clients run, nobody talks to them
	private @Nullable String restartUnderLoad(ServerInstance first) throws IOException, InterruptedException {
		ScheduledExecutorService reporter = Executors.newSingleThreadScheduledExecutor();
		try (LoadClients clients = LoadClients.start(this.address, this.tally)) {
			ScheduledFuture<?> reports = reporter.scheduleAtFixedRate(this::report, 1, 1, TimeUnit.SECONDS);
			String problem = restart(first);
			reports.cancel(false);
			return problem;
		}
		finally {
			reporter.shutdownNow();
			reporter.awaitTermination(5, TimeUnit.SECONDS);
		}
	}

	/**
	 * Returns what went wrong, if anything did.
	 */
	private @Nullable String restart(ServerInstance first) throws IOException, InterruptedException {
		Set<String> inodes = ListeningSocket.inodes(this.address.getPort());
		ServerInstance predecessor = first;
		for (int generation = 1; generation <= this.handoffs; generation++) {
			TimeUnit.MILLISECONDS.sleep(this.pause.toMillis());
			say("Starting generation " + generation);
			ServerInstance successor = start(generation);
			if (!successor.await("SERVING", START_LIMIT)) {
				return "generation %d does not serve, see %s".formatted(generation, successor.log());
			}
			if (!answers(generation)) {
				return "generation %d answers nothing, see %s".formatted(generation, successor.log());
			}
			say("Generation %d serves".formatted(generation));
			if (!predecessor.awaitExit(EXIT_LIMIT)) {
				return "generation %d did not exit, see %s".formatted(generation - 1, predecessor.log());
			}
			if (predecessor.exitCode() != 0 || !predecessor.hasEntered("OBSERVING")) {
				return "generation %d exited with code %d, see %s".formatted(generation - 1, predecessor.exitCode(),
						predecessor.log());
			}
			Set<String> inodesNow = ListeningSocket.inodes(this.address.getPort());
			if (!inodesNow.equals(inodes)) {
				return "generation %d listens on socket inode %s, its predecessor on %s".formatted(generation,
						inodesNow, inodes);
			}
			this.timings.add(timing(generation, predecessor, successor, inodes));
			predecessor = successor;
		}
		TimeUnit.MILLISECONDS.sleep(this.pause.toMillis());
		return predecessor.isAlive() ? null
				: "generation %d is gone, see %s".formatted(this.handoffs, predecessor.log());
	}

	private boolean answers(int generation) throws InterruptedException {
		for (long waited = 0; waited < ANSWER_LIMIT.toMillis(); waited += 20) {
			if (this.tally.answeredBy(generation) > 0) {
				return true;
			}
			TimeUnit.MILLISECONDS.sleep(20);
		}
		return false;
	}

	private static String timing(int generation, ServerInstance predecessor, ServerInstance successor,
			Set<String> inodes) {
		Instant released = predecessor.entered("OBSERVING");
		Instant draining = predecessor.entered("DRAINING");
		return "handoff to generation %d: ready after %s, release to serving %s, observed %s, drain to exit %s, release to exit %s, socket inode %s"
			.formatted(generation, millis(successor.started(), successor.entered("STANDBY")),
					millis(released, successor.entered("SERVING")), millis(released, draining),
					millis(draining, predecessor.ended()), millis(released, predecessor.ended()),
					inodes.isEmpty() ? "unknown" : String.join(", ", inodes));
	}

	private static String millis(Instant from, Instant to) {
		return (from.equals(Instant.MAX) || to.equals(Instant.MAX)) ? "?"
				: "%d ms".formatted(Duration.between(from, to).toMillis());
	}

	private ServerInstance start(int generation) throws IOException {
		synchronized (this.instances) {
			if (this.closed) {
				throw new IllegalStateException("The demonstration has ended");
			}
			ServerInstance instance = ServerInstance.start(Path.of(System.getProperty("java.home"), "bin", "java"),
					this.jar, generation, this.directory,
					List.of("--server.port=" + this.address.getPort(),
							"--management.server.port=" + this.managementPort,
							"--handoff.control-socket=" + this.directory.resolve("control.sock"),
							"--handoff.observation-window=2s",
							"--demo.stats-file=" + this.directory.resolve("stats.json")));
			this.instances.add(instance);
			return instance;
		}
	}

	private void report() {
		say(this.tally.nextSecond(Instant.now().toEpochMilli()));
		try {
			Path written = Files.writeString(this.directory.resolve("stats.new"), this.tally.json());
			Files.move(written, this.directory.resolve("stats.json"), StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			say("Cannot write the dashboard's numbers: " + ex);
		}
	}

	private void keep() throws InterruptedException {
		say("Left running, the dashboard is at " + url());
		say("Another generation: java -jar %s --server.port=%d --management.server.port=%d --handoff.control-socket=%s"
			.formatted(this.jar, this.address.getPort(), this.managementPort, this.directory.resolve("control.sock")));
		say("Ctrl-C (or kill %d) ends it, as do %d hours.".formatted(ProcessHandle.current().pid(),
				KEEP_LIMIT.toHours()));
		new CountDownLatch(1).await(KEEP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
	}

	Tally tally() {
		return this.tally;
	}

	int handoffsDone() {
		return this.timings.size();
	}

	private String url() {
		return "http://localhost:%d/".formatted(this.address.getPort());
	}

	/**
	 * Ends every process that was started here, by its own id.
	 */
	@Override
	public void close() {
		synchronized (this.instances) {
			this.closed = true;
			this.instances.forEach(ServerInstance::close);
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static void say(String line) {
		System.out.println(line);
	}

}
