package dev.handoff.internal.control;

import java.time.Instant;

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
	 * Returns the time of day, for reports.
	 * @return the time
	 */
	default Instant instant() {
		return Instant.now();
	}

	/**
	 * Returns the system's monotonic clock.
	 * @return the clock
	 */
	static TimeSource system() {
		return System::nanoTime;
	}

}
