package dev.handoff.internal.rules;

import java.util.List;

import dev.handoff.internal.rules.Moves.Move;
import org.jspecify.annotations.Nullable;

/**
 * What must hold in every reachable state.
 */
final class Invariants {

	private Invariants() {
	}

	/**
	 * Returns what a state violates.
	 * @param world the state
	 * @param moves what can happen next
	 * @return the violation, {@code null} if there is none
	 */
	static @Nullable String violatedBy(World world, List<Move> moves) {
		if (world.violation != null) {
			return world.violation;
		}
		for (int i = 0; i < world.processes.size(); i++) {
			Modelled process = world.processes.get(i);
			String violation = process.isAlive() ? violatedBy(process) : null;
			if (violation != null) {
				return "process %d in %s %s".formatted(i, process.state, violation);
			}
		}
		// What needs a fault to go on does not go on.
		boolean atRest = moves.stream().allMatch((move) -> move.next().faults < world.faults);
		return atRest ? violatedAtRest(world) : null;
	}

	private static @Nullable String violatedBy(Modelled process) {
		if (process.gateOpen && !process.holdsDescriptors) {
			return "accepts without descriptors";
		}
		if (!process.pending.isEmpty()) {
			return null;
		}
		if (hasForgotten(process, process.down, Flag.DOWN) || hasForgotten(process, process.old, Flag.OLD)
				|| hasForgotten(process, process.parked, Flag.PARKED) || process.greeted != null
				|| (process.state.phase() != Phase.DIALLING && hasForgotten(process, process.up, Flag.UP))) {
			return "has forgotten a channel";
		}
		return switch (process.state.phase()) {
			// Before the release the predecessor accepts, whatever its successor does.
			case SERVING, WAIT_ADOPTED, WAIT_READY, BOUND ->
				(process.gateOpen && process.controlGateOpen && process.holdsDescriptors) ? null : "does not accept";
			case STARTING, STANDBY, EXPELLED -> (process.gateOpen || process.controlGateOpen) ? "accepts"
					: process.holdsDescriptors ? null : "has no descriptors";
			case WAIT_SERVING, OBSERVING, CONFIRMING -> (process.gateOpen || process.controlGateOpen) ? "accepts"
					: process.holdsDescriptors ? null : "cannot go back";
			case ALONE_STARTING ->
				(process.controlGateOpen && process.holdsDescriptors) ? null : "does not answer the control socket";
			case DRAINING, LEAVING -> process.holdsDescriptors ? "holds descriptors" : null;
			case DIALLING, TERMINATED -> null;
		};
	}

	private static boolean hasForgotten(Modelled process, @Nullable Wire wire, Flag flag) {
		return wire != null && !process.state.has(flag);
	}

	/**
	 * At rest each process that lives serves or waits for an operator, and exactly one of
	 * them accepts.
	 */
	private static @Nullable String violatedAtRest(World world) {
		int alive = 0;
		int accepting = 0;
		for (int i = 0; i < world.processes.size(); i++) {
			Modelled process = world.processes.get(i);
			if (!process.isAlive()) {
				continue;
			}
			alive++;
			accepting += process.gateOpen ? 1 : 0;
			boolean settled = switch (process.state.phase()) {
				case SERVING -> true;
				case STANDBY, WAIT_READY -> process.state.has(Flag.HOLD);
				default -> false;
			};
			if (!settled) {
				return "process %d waits for ever in %s".formatted(i, process.state);
			}
		}
		return (alive == 0 || accepting == 1) ? null : "%d processes accept, for ever".formatted(accepting);
	}

}
