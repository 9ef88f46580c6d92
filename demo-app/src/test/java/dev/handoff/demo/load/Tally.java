package dev.handoff.demo.load;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

import org.HdrHistogram.Histogram;

/**
 * What the clients saw, by the generation that answered. A failure belongs to the newest
 * generation that had answered anything by then. Safe for use by several threads.
 */
public final class Tally {

	private static final long MAX_MICROS = 120_000_000;

	private static final int MAX_SAMPLES = 20;

	private static final int HISTORY_WINDOWS = 1200;

	private final Map<Integer, Line> lines = new TreeMap<>();

	private final Map<String, Long> answersByClient = new TreeMap<>();

	private final List<String> samples = new ArrayList<>();

	private final Deque<String> history = new ArrayDeque<>();

	private final Window second = new Window();

	private final Window window = new Window();

	private String lastPercentiles = "\"p50\":null,\"p99\":null";

	private long requests;

	private long failed;

	private long idleCloses;

	private long finishedByPredecessor;

	private int newest;

	/**
	 * Returns which clients have had an answer.
	 */
	synchronized Set<String> answered() {
		return Set.copyOf(this.answersByClient.keySet());
	}

	/**
	 * A request was answered.
	 * @param client the kind of client
	 * @param generation who answered
	 * @param micros the latency
	 */
	synchronized void succeeded(String client, int generation, long micros) {
		if (generation < this.newest) {
			this.finishedByPredecessor++;
		}
		this.newest = Math.max(this.newest, generation);
		this.requests++;
		this.answersByClient.merge(client, 1L, Long::sum);
		Histogram latencies = line(generation).latencies;
		latencies.recordValue(Math.min(micros, MAX_MICROS));
		this.second.add(generation, micros);
		this.window.add(generation, micros);
		if (latencies.getTotalCount() == 1) {
			notifyAll();
		}
	}

	synchronized void failed(String what, Failure failure) {
		this.requests++;
		this.failed++;
		line(this.newest).failures.merge(failure.kind(), 1L, Long::sum);
		this.second.failed++;
		this.window.failed++;
		if (this.samples.size() < MAX_SAMPLES) {
			this.samples
				.add("%s %s: %s, %s".formatted(Instant.now(), what, failure.kind().label(), failure.getMessage()));
		}
	}

	/**
	 * A keep-alive connection was found closed before a request was sent on it.
	 */
	synchronized void closedWhileIdle() {
		this.idleCloses++;
	}

	public synchronized long requests() {
		return this.requests;
	}

	public synchronized long failed() {
		return this.failed;
	}

	public synchronized long failed(Failure.Kind kind) {
		return this.lines.values().stream().mapToLong((line) -> line.failures.getOrDefault(kind, 0L)).sum();
	}

	synchronized long idleCloses() {
		return this.idleCloses;
	}

	public synchronized long answeredBy(int generation) {
		Line line = this.lines.get(generation);
		return (line != null) ? line.latencies.getTotalCount() : 0;
	}

	/**
	 * Waits until a generation has answered.
	 * @return whether it has
	 */
	synchronized boolean awaitAnswerOf(int generation, Duration limit) throws InterruptedException {
		long deadline = System.nanoTime() + limit.toNanos();
		while (answeredBy(generation) == 0) {
			long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
			if (remaining <= 0) {
				return false;
			}
			wait(remaining);
		}
		return true;
	}

	/**
	 * Ends the current window, the smallest time that the dashboard tells apart.
	 * @param epochMillis when it began
	 */
	synchronized void nextWindow(long epochMillis) {
		Window ended = this.window;
		this.history.addLast("[%d,{%s},%d,%s,%s]".formatted(epochMillis, ended.generations(), ended.failed,
				millis(ended.latencies, 50, "null"), millis(ended.latencies, 100, "null")));
		if (this.history.size() > HISTORY_WINDOWS) {
			this.history.removeFirst();
		}
		ended.clear();
	}

	/**
	 * Ends the current second.
	 * @return what came in since the last call, for a person
	 */
	synchronized String nextSecond() {
		Window ended = this.second;
		this.lastPercentiles = "\"p50\":%s,\"p99\":%s".formatted(millis(ended.latencies, 50, "null"),
				millis(ended.latencies, 99, "null"));
		String text = "%6d requests/s  by generation %s  p50 %s ms  p99 %s ms  failed %d".formatted(
				ended.latencies.getTotalCount(), ended.byGeneration, millis(ended.latencies, 50, "-"),
				millis(ended.latencies, 99, "-"), ended.failed);
		ended.clear();
		return text;
	}

	/**
	 * Returns the last windows as the dashboard reads them: each with its beginning, the
	 * answers by generation, the failures, the median and the longest latency in
	 * milliseconds.
	 */
	synchronized String json() {
		return "{\"total\":%d,\"failed\":%d,%s,\"windows\":[%s]}".formatted(this.requests, this.failed,
				this.lastPercentiles, String.join(",", this.history));
	}

	public synchronized String table() {
		StringBuilder table = new StringBuilder();
		table.append("%-10s %9s %9s %9s %9s".formatted("generation", "requests", "p50 ms", "p99 ms", "max ms"));
		for (Failure.Kind kind : Failure.Kind.values()) {
			table.append("  ").append(kind.label());
		}
		this.lines.forEach((generation, line) -> {
			Histogram latencies = line.latencies;
			table.append("%n%-10d %9d %9s %9s %9s".formatted(generation, latencies.getTotalCount(),
					millis(latencies, 50, "-"), millis(latencies, 99, "-"), millis(latencies, 100, "-")));
			for (Failure.Kind kind : Failure.Kind.values()) {
				table.append(("  %" + kind.label().length() + "d").formatted(line.failures.getOrDefault(kind, 0L)));
			}
		});
		table.append("%n(latencies of slow requests: beyond the delay that was asked for)%n".formatted());
		this.answersByClient.forEach((client, count) -> table.append("%n%-30s %9d".formatted(client, count)));
		table.append("%n%nanswered by a predecessor after its successor's first answer: %d"
			.formatted(this.finishedByPredecessor));
		table.append("%nkeep-alive connections found closed while idle, before a request was sent: %d"
			.formatted(this.idleCloses));
		this.samples.forEach((sample) -> table.append("%n  %s".formatted(sample)));
		return table.toString();
	}

	private static String millis(Histogram latencies, double percentile, String none) {
		return (latencies.getTotalCount() == 0) ? none
				: String.format(Locale.ROOT, "%.1f", latencies.getValueAtPercentile(percentile) / 1000.0);
	}

	private Line line(int generation) {
		return this.lines.computeIfAbsent(generation, (key) -> new Line());
	}

	private static final class Line {

		private final Histogram latencies = new Histogram(MAX_MICROS, 3);

		private final Map<Failure.Kind, Long> failures = new EnumMap<>(Failure.Kind.class);

	}

	private static final class Window {

		private final Histogram latencies = new Histogram(MAX_MICROS, 3);

		private final Map<Integer, Long> byGeneration = new TreeMap<>();

		private long failed;

		void add(int generation, long micros) {
			this.latencies.recordValue(Math.min(micros, MAX_MICROS));
			this.byGeneration.merge(generation, 1L, Long::sum);
		}

		String generations() {
			return this.byGeneration.entrySet()
				.stream()
				.map((entry) -> "\"%d\":%d".formatted(entry.getKey(), entry.getValue()))
				.collect(Collectors.joining(","));
		}

		void clear() {
			this.latencies.reset();
			this.byGeneration.clear();
			this.failed = 0;
		}

	}

}
