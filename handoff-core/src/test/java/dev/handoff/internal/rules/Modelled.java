package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * A process of the model.
 */
final class Modelled {

	Life life = Life.UNBORN;

	SessionState state = SessionState.initial(false);

	/** What the last event's step still has to do, each action a step of its own. */
	final List<Action> pending = new ArrayList<>();

	boolean gateOpen;

	boolean controlGateOpen;

	boolean holdsDescriptors;

	boolean wantsToDial;

	/** Told to leave, by SIGTERM or the operator: may be the last one to do so. */
	boolean told;

	/**
	 * May close the last copy: somebody was killed after this process had made up its
	 * mind to close, or who gave it a verdict was told to leave.
	 */
	boolean excused;

	@Nullable Wire up;

	@Nullable Wire down;

	@Nullable Wire old;

	@Nullable Wire parked;

	@Nullable Wire greeted;

	final List<Wire> diallers = new ArrayList<>();

	boolean isAlive() {
		return this.life == Life.RUNNING || this.life == Life.STOPPED;
	}

	List<Wire> wires() {
		List<Wire> wires = new ArrayList<>(this.diallers);
		for (Wire wire : new @Nullable Wire[] { this.up, this.down, this.old, this.parked, this.greeted }) {
			if (wire != null) {
				wires.add(wire);
			}
		}
		return wires;
	}

	/**
	 * What the operating system does with a process.
	 */
	enum Life {

		UNBORN, RUNNING, STOPPED, KILLED, EXITED

	}

}
