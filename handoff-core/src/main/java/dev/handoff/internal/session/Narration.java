package dev.handoff.internal.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.HandoffState;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * The log line of a change of state: for an operator who does not know the protocol. Used
 * by the session's thread.
 */
final class Narration {

	private final Logger logger;

	private final Peers peers;

	private final Drains drains;

	Narration(Logger logger, Peers peers, Drains drains) {
		this.logger = logger;
		this.peers = peers;
		this.drains = drains;
	}

	/**
	 * Tells why a process is in another state, what is left for it to do, and who else is
	 * there.
	 */
	void tell(Occurrence occurrence, HandoffState from, HandoffState to, SessionState state, int generation,
			Duration spent) {
		boolean problem = isProblem(occurrence);
		String line = "%s -> %s after %s: %s%s (%s)".formatted(from, to, DurationText.of(spent), occurrence.detail(),
				outlook(to, state, problem), facts(generation));
		if (problem) {
			this.logger.warn(line);
		}
		else {
			this.logger.info(line);
		}
	}

	private static boolean isProblem(Occurrence occurrence) {
		return switch (occurrence.event()) {
			case STEP_DEADLINE, READY_DEADLINE, OBSERVATION_DEADLINE, SUCCESSOR_EOF, SUCCESSOR_GARBAGE, RECLAIM,
					RECLAIMED, ABORT_FROM_SUCCESSOR, ABORT_FROM_PREDECESSOR, OPERATOR_ABORT, OPERATOR_RECLAIM ->
				true;
			default -> false;
		};
	}

	private String outlook(HandoffState to, SessionState state, boolean problem) {
		return switch (to) {
			case SERVING -> problem ? ", still serving" : "";
			case STANDBY -> state.has(Flag.HOLD)
					? ", waiting for a manual release: run the command 'release', or POST to the Actuator endpoint handoff/release"
					: ", waiting for the predecessor to release";
			case DRAINING -> ", %s to finish".formatted(connections(this.drains.remaining()));
			case STARTING, OFFERING, OBSERVING, TERMINATED -> "";
		};
	}

	private static String connections(int count) {
		return switch (count) {
			case 0 -> "no connections";
			case 1 -> "1 connection";
			default -> count + " connections";
		};
	}

	private String facts(int generation) {
		List<String> facts = new ArrayList<>();
		facts.add("generation " + generation);
		add(facts, "predecessor", this.peers.up);
		add(facts, "successor", this.peers.down);
		return String.join(", ", facts);
	}

	private static void add(List<String> facts, String part, @Nullable Connection peer) {
		if (peer != null) {
			String version = peer.identity().version();
			facts.add(part + " " + peer.peer() + (version.isEmpty() ? "" : " version " + version));
		}
	}

}
