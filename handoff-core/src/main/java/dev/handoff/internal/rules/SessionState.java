package dev.handoff.internal.rules;

import java.util.EnumSet;
import java.util.Set;

/**
 * All that the rules know about a process. Immutable.
 *
 * @param phase the phase
 * @param flags the set of {@link Flag flags}, as bits
 */
public record SessionState(Phase phase, int flags) {

	public static SessionState initial(boolean manual) {
		SessionState state = new SessionState(Phase.DIALLING, 0);
		return manual ? state.with(Flag.MANUAL) : state;
	}

	public boolean has(Flag flag) {
		return (this.flags & flag.bit()) != 0;
	}

	public SessionState to(Phase next) {
		return new SessionState(next, this.flags);
	}

	public SessionState with(Flag flag) {
		return new SessionState(this.phase, this.flags | flag.bit());
	}

	SessionState without(Flag... removed) {
		int remaining = this.flags;
		for (Flag flag : removed) {
			remaining &= ~flag.bit();
		}
		return new SessionState(this.phase, remaining);
	}

	/**
	 * Returns the timers that run. Each starts when it comes into the set or the phase
	 * changes.
	 */
	public Set<Timer> timers() {
		return switch (this.phase) {
			case DIALLING -> EnumSet.of(Timer.CONNECT);
			case STANDBY -> has(Flag.HOLD) ? EnumSet.noneOf(Timer.class) : EnumSet.of(Timer.STEP);
			case BOUND -> boundTimers();
			case EXPELLED, CONFIRMING -> EnumSet.of(Timer.LOOK);
			case WAIT_ADOPTED, WAIT_SERVING -> EnumSet.of(Timer.STEP);
			case WAIT_READY -> has(Flag.HOLD) ? EnumSet.noneOf(Timer.class) : EnumSet.of(Timer.READY);
			case OBSERVING -> EnumSet.of(Timer.OBSERVATION);
			case DRAINING, LEAVING -> EnumSet.of(Timer.DRAIN);
			case STARTING, ALONE_STARTING, SERVING, TERMINATED -> EnumSet.noneOf(Timer.class);
		};
	}

	private Set<Timer> boundTimers() {
		EnumSet<Timer> timers = EnumSet.noneOf(Timer.class);
		if (has(Flag.RECLAIM_PENDING)) {
			timers.add(Timer.RECLAIM);
		}
		else if (!has(Flag.CONFIRMED) && !has(Flag.TERMINATING)) {
			timers.add(Timer.WINDOW);
		}
		if (has(Flag.PARKED)) {
			timers.add(Timer.PARKED);
		}
		return timers;
	}

	@Override
	public String toString() {
		StringBuilder text = new StringBuilder(this.phase.name());
		for (Flag flag : Flag.values()) {
			if (has(flag)) {
				text.append(' ').append(flag);
			}
		}
		return text.toString();
	}

}
