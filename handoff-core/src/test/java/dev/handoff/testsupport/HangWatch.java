package dev.handoff.testsupport;

import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/**
 * Ends the JVM of the tests, with what its threads do in the log, if one test does not
 * end. A {@code @Timeout} interrupts a test's method, which need not return for that, and
 * knows nothing of what extensions do before and after it.
 */
public final class HangWatch implements TestExecutionListener {

	// More than any test's own limit.
	private static final Duration LIMIT = Duration.ofMinutes(12);

	private static final int EXIT_CODE = 86;

	private final Duration limit;

	private final Runnable end;

	private final PrintStream log;

	private volatile Thread watch = new Thread();

	/**
	 * Creates the watch of a JVM.
	 */
	public HangWatch() {
		this(LIMIT, () -> Runtime.getRuntime().halt(EXIT_CODE), System.err);
	}

	HangWatch(Duration limit, Runnable end, PrintStream log) {
		this.limit = limit;
		this.end = end;
		this.log = log;
	}

	@Override
	public void executionStarted(TestIdentifier test) {
		if (test.isTest()) {
			this.watch = new Thread(() -> run(test.getUniqueId()), "hang-watch of " + test.getUniqueId());
			this.watch.setDaemon(true);
			this.watch.start();
		}
	}

	@Override
	public void executionFinished(TestIdentifier test, TestExecutionResult result) {
		if (test.isTest()) {
			this.watch.interrupt();
		}
	}

	private void run(String test) {
		try {
			TimeUnit.NANOSECONDS.sleep(this.limit.toNanos());
		}
		catch (InterruptedException ex) {
			// It has ended.
			return;
		}
		this.log.printf("%s has not ended within %s. This JVM ends. Its threads:%n", test, this.limit);
		ThreadDump.print(this.log);
		this.log.flush();
		this.end.run();
	}

}
