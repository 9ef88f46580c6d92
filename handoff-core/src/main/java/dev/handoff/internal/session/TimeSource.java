package dev.handoff.internal.session;

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
	 * Returns the system's monotonic clock.
	 * @return the clock
	 */
	static TimeSource system() {
		return System::nanoTime;
	}

}
