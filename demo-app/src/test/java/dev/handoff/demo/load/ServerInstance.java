package dev.handoff.demo.load;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One generation of the demo in a process of its own. When it changed its state is read
 * from its log, whose time stamps are the process's own.
 */
final class ServerInstance implements AutoCloseable {

	private static final Pattern STATE_CHANGE = Pattern.compile("^(\\S+) .* (\\w+) -> (\\w+): ");

	private final Process process;

	private final Instant started = Instant.now();

	private final Map<String, Instant> stateChanges = new HashMap<>();

	private final Path log;

	private Instant ended = Instant.MAX;

	private ServerInstance(Process process, Path log) {
		this.process = process;
		this.log = log;
	}

	static ServerInstance start(Path java, Path jar, int generation, Path directory, List<String> arguments)
			throws IOException {
		List<String> command = new ArrayList<>(List.of(java.toString(), "-Xmx256m", "-jar", jar.toString()));
		command.addAll(arguments);
		Path log = directory.resolve("generation-%d.log".formatted(generation));
		ServerInstance instance = new ServerInstance(
				new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start(), log);
		Thread reader = new Thread(instance::read, "log of generation " + generation);
		reader.setDaemon(true);
		reader.start();
		return instance;
	}

	private void read() {
		try (BufferedReader lines = this.process.inputReader(StandardCharsets.UTF_8);
				BufferedWriter copy = Files.newBufferedWriter(this.log)) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				copy.write(line);
				copy.newLine();
				copy.flush();
				Matcher change = STATE_CHANGE.matcher(line);
				if (change.find()) {
					note(change.group(1), change.group(3));
				}
			}
		}
		catch (IOException ex) {
			// The process has ended.
		}
		this.process.onExit().join();
		exited();
	}

	private synchronized void note(String time, String state) {
		try {
			this.stateChanges.putIfAbsent(state, OffsetDateTime.parse(time).toInstant());
		}
		catch (DateTimeParseException ex) {
			// A line that looks like a change of state and is none.
		}
		notifyAll();
	}

	private synchronized void exited() {
		this.ended = Instant.now();
		notifyAll();
	}

	/**
	 * Waits until the process has entered a state, or has ended.
	 * @return whether it has entered the state
	 */
	synchronized boolean await(String state, Duration limit) throws InterruptedException {
		await(() -> hasEntered(state) || !this.ended.equals(Instant.MAX), limit);
		return hasEntered(state);
	}

	private boolean await(BooleanSupplier condition, Duration limit) throws InterruptedException {
		long deadline = System.nanoTime() + limit.toNanos();
		while (!condition.getAsBoolean()) {
			long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
			if (remaining <= 0) {
				return false;
			}
			wait(remaining);
		}
		return true;
	}

	/**
	 * Waits until the process has exited and its log has been read to the end.
	 */
	synchronized boolean awaitExit(Duration limit) throws InterruptedException {
		return await(() -> !this.ended.equals(Instant.MAX), limit);
	}

	int exitCode() {
		return this.process.exitValue();
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	Path log() {
		return this.log;
	}

	Instant started() {
		return this.started;
	}

	synchronized Instant ended() {
		return this.ended;
	}

	synchronized boolean hasEntered(String state) {
		return this.stateChanges.containsKey(state);
	}

	synchronized Instant entered(String state) {
		return this.stateChanges.getOrDefault(state, Instant.MAX);
	}

	/**
	 * Ends the process, by force if it does not go by itself.
	 */
	@Override
	public void close() {
		this.process.destroy();
		try {
			if (this.process.waitFor(3, TimeUnit.SECONDS)) {
				return;
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.process.destroyForcibly();
	}

}
