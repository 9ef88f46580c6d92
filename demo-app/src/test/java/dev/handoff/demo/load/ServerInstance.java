package dev.handoff.demo.load;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * One generation of the demo in a process of its own. Safe for use by several threads.
 */
final class ServerInstance implements AutoCloseable {

	private final ProcessHandle handle;

	// Unknown of a process that its predecessor has started.
	private final @Nullable Process process;

	private final Path log;

	private final Map<String, Instant> stateChanges = new HashMap<>();

	private Instant ended = Instant.MAX;

	ServerInstance(ProcessHandle handle, @Nullable Process process, Path log) {
		this.handle = handle;
		this.process = process;
		this.log = log;
		Thread end = new Thread(this::awaitEnd, "end of process " + handle.pid());
		end.setDaemon(true);
		end.start();
	}

	// Not by onExit(), which reads the output to its end: a successor that was started by
	// the process holds that open.
	private void awaitEnd() {
		try {
			if (this.process != null) {
				this.process.waitFor();
			}
			while (this.handle.isAlive()) {
				TimeUnit.MILLISECONDS.sleep(20);
			}
			exited();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	synchronized void note(Instant time, String state) {
		this.stateChanges.putIfAbsent(state, time);
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
		await(() -> hasEntered(state) || hasExited(), limit);
		return hasEntered(state);
	}

	/**
	 * Waits until the process has said that it has terminated, and has exited.
	 */
	synchronized boolean awaitExit(Duration limit) throws InterruptedException {
		return await(() -> hasExited() && hasEntered("TERMINATED"), limit);
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

	private synchronized boolean hasExited() {
		return !this.ended.equals(Instant.MAX);
	}

	/**
	 * Returns the exit code, {@code null} if only the process's parent was told.
	 */
	@Nullable Integer exitCode() {
		return (this.process != null) ? (Integer) this.process.exitValue() : null;
	}

	boolean isAlive() {
		return this.handle.isAlive();
	}

	Stream<ProcessHandle> descendants() {
		return this.handle.descendants();
	}

	Path log() {
		return this.log;
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
		this.handle.destroy();
		try {
			synchronized (this) {
				if (await(this::hasExited, Duration.ofSeconds(3))) {
					return;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.handle.destroyForcibly();
	}

}
