package dev.handoff.internal.control;

import java.time.Instant;
import java.util.concurrent.TimeUnit;

/**
 * Where the time comes from. The only code of the project that asks the system for it.
 */
@FunctionalInterface
public interface TimeSource {

	/**
	 * Returns a monotonic time.
	 * @return nanoseconds since an arbitrary origin ({@link System#nanoTime()})
	 */
	long nanoTime();

	/**
	 * {@return the time of day, for reports}
	 */
	default Instant instant() {
		return Instant.now();
	}

	/**
	 * Waits for 100 milliseconds, before something is looked at again that tells nobody
	 * when it changes.
	 */
	default void pause() throws InterruptedException {
		TimeUnit.MILLISECONDS.sleep(100);
	}

	/**
	 * {@return the system's monotonic clock}
	 */
	static TimeSource system() {
		return System::nanoTime;
	}

}
