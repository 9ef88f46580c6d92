package dev.handoff.demo.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Tells how the load goes while it goes: in windows to the dashboard, by way of a file,
 * and in seconds to a person. Safe for use by several threads.
 */
final class LoadReport implements AutoCloseable {

	static final long WINDOW_MILLIS = 100;

	private static final int WINDOWS_PER_SECOND = 10;

	private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

	private final Tally tally;

	private final Path file;

	private final Consumer<String> seconds;

	private long begin = Instant.now().toEpochMilli();

	private long windows;

	private LoadReport(Tally tally, Path file, Consumer<String> seconds) {
		this.tally = tally;
		this.file = file;
		this.seconds = seconds;
	}

	/**
	 * Starts to report.
	 * @param tally what the clients see
	 * @param file what the dashboard reads
	 * @param seconds told of each second
	 */
	@SuppressWarnings("FutureReturnValueIgnored") // who waits for load notices its end
	static LoadReport start(Tally tally, Path file, Consumer<String> seconds) {
		LoadReport report = new LoadReport(tally, file, seconds);
		report.timer.scheduleAtFixedRate(report::endWindow, WINDOW_MILLIS, WINDOW_MILLIS, TimeUnit.MILLISECONDS);
		return report;
	}

	private void endWindow() {
		this.tally.nextWindow(this.begin);
		this.begin = Instant.now().toEpochMilli();
		if (countWindow() % WINDOWS_PER_SECOND == 0) {
			this.seconds.accept(this.tally.nextSecond());
			write();
		}
	}

	private synchronized long countWindow() {
		this.windows++;
		notifyAll();
		return this.windows;
	}

	private void write() {
		try {
			Path written = Files.writeString(this.file.resolveSibling(this.file.getFileName() + ".new"),
					this.tally.json());
			Files.move(written, this.file, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			this.seconds.accept("Cannot write the dashboard's numbers: " + ex);
		}
	}

	/**
	 * Waits until so much more load has been reported.
	 * @throws IllegalStateException if that does not come
	 */
	synchronized void awaitLoad(Duration load) throws InterruptedException {
		long goal = this.windows + load.toMillis() / WINDOW_MILLIS;
		long deadline = System.nanoTime() + load.multipliedBy(2).plusSeconds(10).toNanos();
		while (this.windows < goal) {
			long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
			if (remaining <= 0) {
				throw new IllegalStateException("The load is not reported any more");
			}
			wait(remaining);
		}
	}

	@Override
	public void close() {
		this.timer.shutdownNow();
		try {
			this.timer.awaitTermination(5, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

}
