package dev.handoff.internal.session;

import java.time.Duration;

import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Timer;
import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * Gives the listeners back if this process has no descriptor left for a connection, as
 * long as that is possible: in its observation window. Whichever server runs, it accepts
 * nothing then. Used by the session's thread.
 */
final class DescriptorWatch {

	private static final Duration INTERVAL = Duration.ofMillis(100);

	// A burst may take them all for a moment.
	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final ControlTransport transport;

	private final TimeSource time;

	private final Timers timers;

	private @Nullable Long checkAt;

	private @Nullable Long failingSince;

	DescriptorWatch(ControlTransport transport, TimeSource time, Timers timers) {
		this.transport = transport;
		this.time = time;
		this.timers = timers;
	}

	/**
	 * Watches as the state says.
	 */
	void follow(SessionState state) {
		boolean watches = state.timers().contains(Timer.WINDOW);
		if (watches != (this.checkAt != null)) {
			this.checkAt = watches ? Long.valueOf(this.time.nanoTime()) : null;
			this.failingSince = null;
		}
	}

	/**
	 * Looks if that is due.
	 * @return that the predecessor is to serve again, {@code null} if it need not
	 */
	@Nullable Occurrence checkIfDue() {
		long now = this.time.nanoTime();
		if (this.checkAt == null || this.checkAt - now > 0) {
			return null;
		}
		this.checkAt = now + INTERVAL.toNanos();
		if (this.transport.canOpenDescriptor()) {
			this.failingSince = null;
			return null;
		}
		if (this.failingSince == null) {
			this.failingSince = now;
		}
		Duration failing = Duration.ofNanos(now - this.failingSince);
		if (failing.compareTo(patience()) < 0) {
			return null;
		}
		return new Occurrence(Event.OPERATOR_RECLAIM,
				"this process cannot accept connections: it has had no free descriptor for %s. Raise its limit of open files (ulimit -n, LimitNOFILE=)"
					.formatted(DurationText.of(failing)));
	}

	// Before a short window is over.
	private Duration patience() {
		Duration half = this.timers.duration(Timer.WINDOW).dividedBy(2);
		return (half.compareTo(PATIENCE) < 0) ? half : PATIENCE;
	}

	/**
	 * Returns when to look, {@code null} if there is no need to.
	 */
	@Nullable Long dueAt() {
		return this.checkAt;
	}

}
