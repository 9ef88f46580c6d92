package dev.handoff.internal.program;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.text.DurationText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads what a process may still need of its class path, and then looks whether that is
 * overwritten, on a thread of its own. Safe for use by several threads.
 */
public final class ProgramWatch {

	private static final Logger logger = LoggerFactory.getLogger(ProgramWatch.class);

	private static final Duration INTERVAL = Duration.ofSeconds(10);

	private final TimeSource time;

	private final Duration interval;

	private final List<ProgramFile> files;

	private final CountDownLatch closed = new CountDownLatch(1);

	private final Thread thread;

	/**
	 * Remembers the files of this process's class path as they are now.
	 * @param time the clock
	 */
	public ProgramWatch(TimeSource time) {
		this(time, System.getProperty("java.class.path", ""), INTERVAL);
	}

	ProgramWatch(TimeSource time, String classPath, Duration interval) {
		this.time = time;
		this.interval = interval;
		this.files = new ArrayList<>(ProgramFile.of(classPath));
		this.thread = new Thread(this::run, "handoff-program");
		this.thread.setDaemon(true);
	}

	/**
	 * Begins, in the background. A second call has no effect.
	 */
	public synchronized void start() {
		if (this.thread.getState() == Thread.State.NEW && this.closed.getCount() > 0) {
			this.thread.start();
		}
	}

	/**
	 * Ends the thread soon.
	 */
	public void close() {
		this.closed.countDown();
	}

	private void run() {
		try {
			preload();
			while (!this.files.isEmpty() && !this.closed.await(this.interval.toMillis(), TimeUnit.MILLISECONDS)) {
				this.files.removeIf(this::isOverwritten);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (Throwable ex) {
			// Of use on a bad day only.
			logger.warn("It is not noticed any more if this process's program files are overwritten", ex);
		}
	}

	private void preload() {
		long begin = this.time.nanoTime();
		try {
			int loaded = new ClassPreload(ProgramWatch.class.getClassLoader()).load();
			logger.debug("{} classes that a handoff and the exit may need are loaded, after {}", loaded,
					DurationText.of(Duration.ofNanos(this.time.nanoTime() - begin)));
		}
		catch (Exception | LinkageError ex) {
			logger.warn("Not every class that a handoff and the exit may need could be loaded", ex);
		}
	}

	private boolean isOverwritten(ProgramFile file) {
		boolean overwritten = file.isOverwritten();
		if (overwritten) {
			logger
				.warn("{} was overwritten while this process runs from it: a class that is not loaded yet may be missing "
						+ "from now on. Start the new process soon. Next time, copy the new file to another name beside the old one "
						+ "and move it into place (mv), never write into the old one", file.path());
		}
		return overwritten;
	}

}
