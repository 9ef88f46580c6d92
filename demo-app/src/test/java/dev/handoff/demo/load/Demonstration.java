package dev.handoff.demo.load;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Starts the demo, loads it, restarts it, and tells what the clients saw. Exits non-zero
 * if a request failed or a restart did not come about.
 * <p>
 * The last restart is asked of the running process through its Actuator endpoint; the
 * others are made by starting the same jar again.
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

	private final int handoffs;

	private final Duration pause;

	private final Path directory;

	private final DemoServer server;

	private final Tally tally = new Tally();

	private final List<String> timings = new ArrayList<>();

	private int requestedHandoffs;

	Demonstration(Path jar, int handoffs, Duration load, Path directory) throws IOException {
		if (handoffs < 0 || handoffs > MAX_HANDOFFS) {
			throw new IllegalArgumentException(
					"handoffs is %d, must be between 0 and %d".formatted(handoffs, MAX_HANDOFFS));
		}
		if (load.isNegative() || load.toSeconds() > MAX_SECONDS) {
			throw new IllegalArgumentException(
					"seconds is %d, must be between 0 and %d".formatted(load.toSeconds(), MAX_SECONDS));
		}
		this.handoffs = handoffs;
		this.pause = load.dividedBy(handoffs + 1);
		this.directory = directory;
		this.server = new DemoServer(jar, directory);
	}

	/**
	 * Runs the demonstration and ends the process, which may be Maven's: so that what the
	 * clients saw is the last thing on the screen.
	 */
	public static void main(String[] args) throws Exception {
		Path directory = Files.createTempDirectory("handoff-demo");
		Demonstration demonstration = new Demonstration(Path.of(System.getProperty("demo.jar")),
				Integer.getInteger("handoffs", 3), Duration.ofSeconds(Integer.getInteger("seconds", 40)), directory);
		Runtime.getRuntime().addShutdownHook(new Thread(demonstration::close));
		boolean passed = demonstration.run();
		say(demonstration.outcome());
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
		say("Generation 0 is started by java -jar, its dashboard is at %s (logs in %s)".formatted(this.server.url(),
				this.directory));
		ServerInstance first = this.server.startJar(0);
		if (!first.await("SERVING", START_LIMIT)) {
			say("FAILED: generation 0 does not serve, see " + first.log());
			return false;
		}
		String problem = restartUnderLoad(first);
		if (problem != null) {
			say("FAILED: " + problem);
		}
		return problem == null && this.tally.requests() > 0 && this.tally.failed() == 0;
	}

	@SuppressWarnings("try") // the clients run, nobody talks to them
	private @Nullable String restartUnderLoad(ServerInstance first) throws IOException, InterruptedException {
		try (LoadReport report = LoadReport.start(this.tally, this.server.statsFile(), Demonstration::say)) {
			try (LoadClients clients = LoadClients.start(this.server.address(), this.tally)) {
				return restart(first, report);
			}
		}
	}

	/**
	 * Returns what went wrong, if anything did.
	 */
	private @Nullable String restart(ServerInstance first, LoadReport report) throws IOException, InterruptedException {
		Set<String> inodes = ListeningSocket.inodes(this.server.address().getPort());
		ServerInstance predecessor = first;
		for (int generation = 1; generation <= this.handoffs; generation++) {
			report.awaitLoad(this.pause);
			boolean requested = generation == this.handoffs;
			Instant begin = Instant.now();
			ServerInstance successor = requested ? request(generation) : start(generation);
			if (successor == null) {
				return "generation %d was not started, see %s".formatted(generation, predecessor.log());
			}
			if (!successor.await("SERVING", START_LIMIT)) {
				return "generation %d does not serve, see %s".formatted(generation, successor.log());
			}
			if (!this.tally.awaitAnswerOf(generation, ANSWER_LIMIT)) {
				return "generation %d answers nothing, see %s".formatted(generation, successor.log());
			}
			say("Generation %d serves".formatted(generation));
			if (!predecessor.awaitExit(EXIT_LIMIT)) {
				return "generation %d did not terminate and exit, see %s".formatted(generation - 1, predecessor.log());
			}
			Integer exitCode = predecessor.exitCode();
			if ((exitCode != null && exitCode != 0) || !predecessor.hasEntered("OBSERVING")) {
				return "generation %d exited with code %s, see %s".formatted(generation - 1, exitCode,
						predecessor.log());
			}
			Set<String> inodesNow = ListeningSocket.inodes(this.server.address().getPort());
			if (!inodesNow.equals(inodes)) {
				return "generation %d listens on socket inode %s, its predecessor on %s".formatted(generation,
						inodesNow, inodes);
			}
			this.requestedHandoffs += requested ? 1 : 0;
			this.timings.add(timing(generation, requested, begin, predecessor, successor, inodes));
			predecessor = successor;
		}
		report.awaitLoad(this.pause);
		return predecessor.isAlive() ? null
				: "generation %d is gone, see %s".formatted(this.handoffs, predecessor.log());
	}

	private ServerInstance start(int generation) throws IOException {
		say("Generation %d is started by java -jar".formatted(generation));
		return this.server.startJar(generation);
	}

	private @Nullable ServerInstance request(int generation) throws IOException, InterruptedException {
		say("Generation %d is started by POST %s".formatted(generation, this.server.restartUri(START_LIMIT)));
		HttpResponse<String> response = this.server.restart(START_LIMIT);
		if (response.statusCode() != 200) {
			say("The answer is %d: %s".formatted(response.statusCode(), response.body()));
			return null;
		}
		return this.server.named(response);
	}

	private static String timing(int generation, boolean requested, Instant begin, ServerInstance predecessor,
			ServerInstance successor, Set<String> inodes) {
		Instant released = predecessor.entered("OBSERVING");
		Instant draining = predecessor.entered("DRAINING");
		return "handoff to generation %d, %s: ready after %s, ready to serving %s, observed %s, drain to exit %s, release to exit %s, socket inode %s"
			.formatted(generation, requested ? "by POST /actuator/handoff" : "by java -jar",
					millis(begin, successor.entered("STANDBY")),
					millis(successor.entered("STANDBY"), successor.entered("SERVING")), millis(released, draining),
					millis(draining, predecessor.ended()), millis(released, predecessor.ended()),
					inodes.isEmpty() ? "unknown" : String.join(", ", inodes));
	}

	private static String millis(Instant from, Instant to) {
		return (from.equals(Instant.MAX) || to.equals(Instant.MAX)) ? "?"
				: "%d ms".formatted(Duration.between(from, to).toMillis());
	}

	@SuppressWarnings("try") // both run, nobody talks to them
	private void keep() throws InterruptedException {
		say("");
		say("The server runs on under load. Open %s and press the button, or start another generation:"
			.formatted(this.server.url()));
		say("java " + String.join(" ", this.server.arguments()));
		say("Ctrl-C (or kill %d) ends it, as do %d hours.".formatted(ProcessHandle.current().pid(),
				KEEP_LIMIT.toHours()));
		try (LoadReport report = LoadReport.start(this.tally, this.server.statsFile(), (line) -> {
		}); LoadClients clients = LoadClients.start(this.server.address(), this.tally)) {
			new CountDownLatch(1).await(KEEP_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
		}
	}

	/**
	 * Returns what the clients saw, how long each restart took, and the sum.
	 */
	String outcome() {
		return "%n%s%n%n%s%n%nhandoffs: %d  requests: %d  failed: %d".formatted(this.tally.table(),
				String.join(System.lineSeparator(), this.timings), this.timings.size(), this.tally.requests(),
				this.tally.failed());
	}

	Tally tally() {
		return this.tally;
	}

	int handoffsDone() {
		return this.timings.size();
	}

	/**
	 * Returns how many of the handoffs were asked of the running process.
	 */
	int handoffsRequested() {
		return this.requestedHandoffs;
	}

	@Override
	public void close() {
		this.server.close();
	}

	private static void say(String line) {
		System.out.println(line);
	}

}
