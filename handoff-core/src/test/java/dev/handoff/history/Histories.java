package dev.handoff.history;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs histories from seeds, and makes one smaller that shows a violation. The system
 * properties {@code histories} (how many, else as many as fit into the time),
 * {@code histories.seed} (the first one's) and {@code histories.replay} (one that is
 * written down) say which.
 */
public final class Histories {

	// A smaller history may miss the violation by chance.
	private static final int MAX_SHORTER = 60;

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
	 * Runs histories.
	 * @param seconds for how long, if it is not said how many
	 * @return the first violation with all that is needed to see it again, empty if there
	 * is none
	 */
	public String run(long seconds) throws Exception {
		String replay = System.getProperty("histories.replay", "");
		if (!replay.isEmpty()) {
			return String.join("\n", violations(History.parse(replay)));
		}
		int limit = Integer.getInteger("histories", Integer.MAX_VALUE);
		long end = System.nanoTime() + TimeUnit.SECONDS.toNanos((limit == Integer.MAX_VALUE) ? seconds : 1_000_000);
		long first = Long.getLong("histories.seed", System.nanoTime() % 1_000_000_000L);
		for (int i = 0; i < limit && System.nanoTime() - end < 0; i++) {
			History history = History.random(first + i);
			List<String> violations = violations(history);
			if (!violations.isEmpty()) {
				System.err.printf("Seed %d: %s%n%s%n", first + i, history, violations.get(0));
				return "Seed %d, made smaller: %s".formatted(first + i, shorter(history, violations));
			}
			if (i % 50 == 49) {
				System.err.printf("%d histories, %d requests, no violation; the next seed is %d%n", this.count,
						this.requests, first + i + 1);
			}
		}
		System.err.printf("%d histories from seed %d, %d requests, no violation%n", this.count, first, this.requests);
		return "";
	}

	/**
	 * Returns how many were run.
	 */
	public int count() {
		return this.count;
	}

	/**
	 * Returns how many requests clients have sent meanwhile.
	 */
	public long requests() {
		return this.requests;
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
		delete(own);
		return violations;
	}

	private String shorter(History history, List<String> violations) throws Exception {
		History smallest = history;
		List<String> shown = violations;
		int tries = 0;
		for (int size = Math.max(1, history.steps().size() / 2); size >= 1; size /= 2) {
			for (int from = 1; from + size <= smallest.steps().size() && tries < MAX_SHORTER;) {
				tries++;
				History fewer = smallest.without(from, from + size);
				List<String> found = violations(fewer);
				if (found.isEmpty()) {
					from += size;
				}
				else {
					smallest = fewer;
					shown = found;
				}
			}
		}
		return "-Dhistories.replay=\"%s\"%n%s".formatted(smallest, String.join("\n", shown));
	}

	private static void delete(Path directory) throws IOException {
		List<Path> paths = new ArrayList<>();
		try (Stream<Path> tree = Files.walk(directory)) {
			tree.sorted(Comparator.reverseOrder()).forEach(paths::add);
		}
		for (Path path : paths) {
			Files.delete(path);
		}
	}

}
