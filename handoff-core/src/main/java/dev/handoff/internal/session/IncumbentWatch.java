package dev.handoff.internal.session;

import java.time.Duration;

import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.holdings.Holdings;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the process from which listeners were acquired has let go of them. Used by
 * the session's thread.
 */
final class IncumbentWatch {

	private static final Duration PAUSE = Duration.ofMillis(20);

	private final Holdings holdings;

	private final TimeSource time;

	private final Duration patience;

	private @Nullable Long checkAt;

	private long end;

	IncumbentWatch(Holdings holdings, TimeSource time, Duration patience) {
		this.holdings = holdings;
		this.time = time;
		this.patience = patience;
	}

	/**
	 * Serves instead of that process, and watches it from now on.
	 */
	void relieve() {
		if (this.holdings.relieveIncumbent()) {
			this.checkAt = this.time.nanoTime();
			this.end = this.checkAt + this.patience.toNanos();
		}
	}

	void checkIfDue() {
		long now = this.time.nanoTime();
		if (this.checkAt != null && this.checkAt - now <= 0) {
			boolean again = this.holdings.checkIncumbent(this.end - now <= 0);
			this.checkAt = again ? Long.valueOf(now + PAUSE.toNanos()) : null;
		}
	}

	/**
	 * Returns when to look again, {@code null} if there is no need to.
	 */
	@Nullable Long dueAt() {
		return this.checkAt;
	}

}
