package dev.handoff.history;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.DynamicTest;

/**
 * Runs histories from seeds, each as a test, and makes one smaller that shows a
 * violation. The system properties {@code histories} (how many, else as many as fit into
 * the time), {@code histories.seed} (the first one's) and {@code histories.replay} (one
 * that is written down) say which.
 */
public final class Histories {

	private static final long SHORTEN_SECONDS = 300;

	private final Servers servers;

	private final Path directory;

	private int count;

	private long requests;

	/**
	 * Creates the runs.
	 * @param servers what the processes are
	 * @param directory an empty directory for their control sockets
	 */
	public Histories(Servers servers, Path directory) {
		this.servers = servers;
		this.directory = directory;
	}

	/**
	 * Returns a test for each history. It fails with all that is needed to see the
	 * violation again.
	 * @param seconds for how long there are more, if it is not said how many
	 */
	public Stream<DynamicTest> tests(long seconds) {
		String replay = System.getProperty("histories.replay", "");
		if (!replay.isEmpty()) {
			History history = History.parse(replay);
			return Stream.of(DynamicTest.dynamicTest(replay, () -> check(replay, violations(history))));
		}
		Integer limit = Integer.getInteger("histories");
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
		// The same ones in each build, so that a violation there comes from what was
		// changed.
		long first = Long.getLong("histories.seed", (limit != null) ? System.nanoTime() % 1_000_000_000L : 1);
		return LongStream.iterate(first, (seed) -> seed + 1)
			.takeWhile((seed) -> (limit != null) ? seed - first < limit : System.nanoTime() - end < 0)
			.mapToObj((seed) -> DynamicTest.dynamicTest("seed " + seed, () -> run(seed)));
	}

	private void run(long seed) throws Exception {
		History history = History.random(seed);
		List<String> violations = violations(history);
		if (!violations.isEmpty()) {
			System.err.printf("Seed %d, %s: %s%n", seed, history, violations.get(0));
			shorten(history, violations);
		}
		if (this.count % 50 == 0) {
			System.err.printf("%d histories up to seed %d, %d requests%n", this.count, seed, this.requests);
		}
	}

	private static void check(String history, List<String> violations) {
		if (!violations.isEmpty()) {
			throw new AssertionError("-Dhistories.replay=\"%s\"%n%s".formatted(history, String.join("\n", violations)));
		}
	}

	// A shorter one may miss the violation by chance.
	private void shorten(History history, List<String> violations) throws Exception {
		History shortest = history;
		List<String> shown = violations;
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SHORTEN_SECONDS);
		for (int size = Math.max(1, history.steps().size() / 2); size >= 1; size /= 2) {
			int from = 1;
			while (from + size <= shortest.steps().size() && System.nanoTime() - end < 0) {
				History shorter = shortest.without(from, from + size);
				List<String> found = violations(shorter);
				if (found.isEmpty()) {
					from += size;
				}
				else {
					shortest = shorter;
					shown = found;
				}
			}
		}
		check(shortest.toString(), shown);
	}

	private List<String> violations(History history) throws Exception {
		Path own = Files.createDirectory(this.directory.resolve("history-" + this.count++));
		HistoryRun run;
		// Both are free at once, so they differ.
		try (ServerSocket one = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			run = new HistoryRun(this.servers, history, own, one.getLocalPort(), other.getLocalPort());
		}
		List<String> violations = run.run();
		this.requests += run.requests();
		return violations;
	}

}
