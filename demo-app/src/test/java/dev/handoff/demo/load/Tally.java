package dev.handoff.demo.load;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.HdrHistogram.Histogram;

/**
 * What the clients saw, by the generation that answered. A failure belongs to the newest
 * generation that had answered anything by then. Safe for use by several threads.
 */
final class Tally {

	private static final long MAX_MICROS = 120_000_000;

	private static final int MAX_SAMPLES = 20;

	private final Map<Integer, Line> lines = new TreeMap<>();

	private final List<String> samples = new ArrayList<>();

	private Line second = new Line();

	private Map<Integer, Long> secondByGeneration = new TreeMap<>();

	private long requests;

	private long failed;

	private long idleCloses;

	private int newest;

	synchronized void succeeded(int generation, long micros) {
		this.newest = Math.max(this.newest, generation);
		this.requests++;
		line(generation).latencies.recordValue(Math.min(micros, MAX_MICROS));
		this.second.latencies.recordValue(Math.min(micros, MAX_MICROS));
		this.secondByGeneration.merge(generation, 1L, Long::sum);
	}

	synchronized void failed(String what, Failure failure) {
		this.requests++;
		this.failed++;
		line(this.newest).failures.merge(failure.kind(), 1L, Long::sum);
		this.second.failures.merge(failure.kind(), 1L, Long::sum);
		if (this.samples.size() < MAX_SAMPLES) {
			this.samples.add("%s: %s (%s)".formatted(what, failure.getMessage(), failure.kind().label()));
		}
	}

	/**
	 * A keep-alive connection was found closed before a request was sent on it.
	 */
	synchronized void closedWhileIdle() {
		this.idleCloses++;
	}

	synchronized long requests() {
		return this.requests;
	}

	synchronized long failed() {
		return this.failed;
	}

	synchronized int newestGeneration() {
		return this.newest;
	}

	synchronized long answeredBy(int generation) {
		return line(generation).latencies.getTotalCount();
	}

	/**
	 * Returns what came in since the last call, as the dashboard reads it.
	 */
	synchronized Snapshot nextSecond(long epochMillis) {
		StringBuilder generations = new StringBuilder();
		this.secondByGeneration.forEach((generation, count) -> generations.append(generations.isEmpty() ? "" : ",")
			.append("\"%d\":%d".formatted(generation, count)));
		Histogram latencies = this.second.latencies;
		long failedNow = this.second.failures.values().stream().mapToLong(Long::longValue).sum();
		String json = """
				{"time":%d,"generations":{%s},"failedNow":%d,"p50":%s,"p99":%s,"total":%d,"failed":%d}
				""".formatted(epochMillis, generations, failedNow, millis(latencies, 50), millis(latencies, 99),
				this.requests, this.failed);
		String text = "%6d requests/s  generations %s  p99 %s ms  failed %d".formatted(latencies.getTotalCount(),
				this.secondByGeneration.keySet(), millis(latencies, 99), failedNow);
		this.second = new Line();
		this.secondByGeneration = new TreeMap<>();
		return new Snapshot(text, json);
	}

	synchronized String table() {
		StringBuilder table = new StringBuilder();
		table.append("%-10s %9s %9s %9s %9s".formatted("generation", "requests", "p50 ms", "p99 ms", "max ms"));
		for (Failure.Kind kind : Failure.Kind.values()) {
			table.append(" %8s".formatted(kind.label()));
		}
		this.lines.forEach((generation, line) -> {
			Histogram latencies = line.latencies;
			table.append("%n%-10d %9d %9s %9s %9s".formatted(generation, latencies.getTotalCount(),
					millis(latencies, 50), millis(latencies, 99), millis(latencies, 100)));
			for (Failure.Kind kind : Failure.Kind.values()) {
				table.append(" %8d".formatted(line.failures.getOrDefault(kind, 0L)));
			}
		});
		table.append("%nkeep-alive connections found closed while idle, before a request was sent: %d"
			.formatted(this.idleCloses));
		this.samples.forEach((sample) -> table.append("%n  %s".formatted(sample)));
		return table.toString();
	}

	private static String millis(Histogram latencies, double percentile) {
		return (latencies.getTotalCount() == 0) ? "null"
				: "%.1f".formatted(latencies.getValueAtPercentile(percentile) / 1000.0);
	}

	private Line line(int generation) {
		return this.lines.computeIfAbsent(generation, (key) -> new Line());
	}

	private static final class Line {

		private final Histogram latencies = new Histogram(MAX_MICROS, 3);

		private final Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);

	}

	/**
	 * One second.
	 *
	 * @param text for a person
	 * @param json for the dashboard
	 */
	record Snapshot(String text, String json) {
	}

}
