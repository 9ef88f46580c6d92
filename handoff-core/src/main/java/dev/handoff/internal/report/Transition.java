package dev.handoff.internal.report;

import java.util.List;
import java.util.Map;

import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.SessionState;
import org.jspecify.annotations.Nullable;

/**
 * A step that a process took, for the {@link Recorder}.
 *
 * @param before the state before
 * @param occurrence what happened
 * @param actions what was done
 * @param after the state after
 * @param facts what is known after it
 */
public record Transition(SessionState before, Occurrence occurrence, List<Action> actions, SessionState after,
		Facts facts) {

	public Event event() {
		return this.occurrence.event();
	}

	public boolean did(Action... some) {
		return List.of(some).stream().anyMatch(this.actions::contains);
	}

	/**
	 * What the rules do not know.
	 *
	 * @param generation this process's generation
	 * @param predecessor who the predecessor is, if connected
	 * @param successor who the successor is, if connected
	 * @param dialler who dialled last and was not offered anything before the transition
	 * @param descriptors how many descriptors were offered or received last
	 * @param waiting how many connections waited in the accept queues when the gates were
	 * closed last, {@code null} if unknown
	 * @param forceClosed the connections that were closed by force
	 */
	public record Facts(int generation, @Nullable PeerIdentity predecessor, @Nullable PeerIdentity successor,
			@Nullable PeerIdentity dialler, int descriptors, @Nullable Integer waiting,
			Map<String, Integer> forceClosed) {
	}

}
