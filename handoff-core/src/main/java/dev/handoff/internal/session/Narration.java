package dev.handoff.internal.session;

import java.time.Duration;

import dev.handoff.HandoffState;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.SessionState;
import org.slf4j.Logger;

/**
 * The log line of a change of state.
 */
final class Narration {

	private Narration() {
	}

	static void tell(Logger logger, Occurrence occurrence, HandoffState from, HandoffState to, SessionState state,
			Performer performer, Duration spent) {
		String line = "%s -> %s: %s, generation %d%s, after %s".formatted(from, to, occurrence.detail(),
				performer.generation(), performer.peers(), spent);
		switch (occurrence.event()) {
			case STEP_DEADLINE, READY_DEADLINE, OBSERVATION_DEADLINE, SUCCESSOR_EOF, SUCCESSOR_GARBAGE, RECLAIM,
					RECLAIMED, ABORT_FROM_SUCCESSOR, ABORT_FROM_PREDECESSOR, OPERATOR_ABORT, OPERATOR_RECLAIM ->
				logger.warn("{}{}", line, to.isServing() ? ", still serving" : "");
			default -> logger.info(line);
		}
	}

}
