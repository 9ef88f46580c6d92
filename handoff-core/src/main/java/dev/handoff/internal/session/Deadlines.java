package dev.handoff.internal.session;

import java.time.Duration;
import java.util.List;

import dev.handoff.internal.control.TimeSource;
import org.jspecify.annotations.Nullable;

/**
 * Everything that the session's thread has to wake up for by itself.
 */
final class Deadlines {

	private final TimeSource time;

	private final List<Deadline> deadlines;

	Deadlines(TimeSource time, List<Deadline> deadlines) {
		this.time = time;
		this.deadlines = List.copyOf(deadlines);
	}

	/**
	 * Returns the time until the first of them, {@code null} if there is none.
	 */
	@Nullable Duration untilNext() {
		Duration next = null;
		for (Deadline deadline : this.deadlines) {
			Long at = deadline.at();
			if (at != null) {
				Duration left = Duration.ofNanos(Math.max(0, at - this.time.nanoTime()));
				next = (next == null || left.compareTo(next) < 0) ? left : next;
			}
		}
		return next;
	}

	/**
	 * What has to be done at some time.
	 */
	@FunctionalInterface
	interface Deadline {

		/**
		 * Returns the {@link TimeSource time} when it is due, {@code null} if nothing is.
		 */
		@Nullable Long at();

	}

}
