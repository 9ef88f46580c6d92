package dev.handoff.internal.session;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

import dev.handoff.HandoffOptions;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Timer;
import org.jspecify.annotations.Nullable;

/**
 * The deadlines of the timers that run in the current state. Used by the session's
 * thread.
 */
final class Timers {

	private final HandoffOptions options;

	private final TimeSource time;

	private final Map<Timer, Long> deadlines = new EnumMap<>(Timer.class);

	private Phase phase = Phase.TERMINATED;

	private Duration window;

	Timers(HandoffOptions options, TimeSource time) {
		this.options = options;
		this.time = time;
		this.window = options.observationWindow();
	}

	/**
	 * Sets the window that the predecessor announced with the release.
	 */
	void window(Duration announced) {
		this.window = announced;
	}

	/**
	 * Starts and stops timers as the state says.
	 */
	void follow(SessionState state) {
		if (state.phase() != this.phase) {
			this.phase = state.phase();
			this.deadlines.clear();
		}
		this.deadlines.keySet().retainAll(state.timers());
		for (Timer timer : state.timers()) {
			this.deadlines.computeIfAbsent(timer, (started) -> this.time.nanoTime() + duration(started).toNanos());
		}
	}

	Optional<Timer> due() {
		long now = this.time.nanoTime();
		return this.deadlines.entrySet()
			.stream()
			.filter((entry) -> entry.getValue() - now <= 0)
			.map(Map.Entry::getKey)
			.findFirst();
	}

	/**
	 * Returns when the next timer is due, {@code null} if none runs.
	 */
	@Nullable Long dueAt() {
		return this.deadlines.values().stream().min((first, second) -> Long.signum(first - second)).orElse(null);
	}

	/**
	 * Returns the time until the next timer is due, {@code null} if none runs.
	 */
	@Nullable Duration untilNext() {
		Long due = dueAt();
		return (due != null) ? Duration.ofNanos(Math.max(0, due - this.time.nanoTime())) : null;
	}

	Duration duration(Timer timer) {
		return switch (timer) {
			case CONNECT -> this.options.connectTimeout();
			case STEP, RECLAIM, PARKED -> this.options.stepTimeout();
			case READY -> this.options.readyTimeout();
			case OBSERVATION -> this.options.observationWindow().plus(this.options.stepTimeout().multipliedBy(2));
			case WINDOW -> this.window;
			case DRAIN -> this.options.drainTimeout();
			case LOOK -> Duration.ZERO;
		};
	}

}
