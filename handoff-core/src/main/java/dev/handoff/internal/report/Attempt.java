package dev.handoff.internal.report;

import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;

import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffReport.Role;
import dev.handoff.internal.control.PeerIdentity;
import org.jspecify.annotations.Nullable;

/**
 * The report of one handoff while it is being written. Used by the {@link Recorder}.
 */
final class Attempt {

	private static final int ID_PART_LENGTH = 8;

	private final String id;

	private final Role role;

	private final PeerIdentity peer;

	private final String version;

	private final int generation;

	private final Instant start;

	private final int descriptors;

	private final Map<HandoffReport.Step, Duration> steps = new EnumMap<>(HandoffReport.Step.class);

	private long stepStart;

	private @Nullable Integer waiting;

	private @Nullable Outcome outcome;

	private String reason = "";

	private Map<String, Integer> forceClosed = Map.of();

	private @Nullable HandoffReport told;

	Attempt(Role role, String instanceId, String version, PeerIdentity peer, int generation, Instant start,
			long startNanos, int descriptors) {
		// A successor gets one offer of a predecessor: the two ids name the handoff.
		this.id = (role == Role.PREDECESSOR) ? id(instanceId, peer.instanceId()) : id(peer.instanceId(), instanceId);
		this.role = role;
		this.peer = peer;
		this.version = version;
		this.generation = generation;
		this.start = start;
		this.stepStart = startNanos;
		this.descriptors = descriptors;
	}

	private static String id(String predecessor, String successor) {
		return part(predecessor) + "-" + part(successor);
	}

	private static String part(String instanceId) {
		return instanceId.substring(0, Math.min(ID_PART_LENGTH, instanceId.length()));
	}

	String id() {
		return this.id;
	}

	void end(HandoffReport.Step step, long now) {
		this.steps.put(step, Duration.ofNanos(now - this.stepStart));
		this.stepStart = now;
	}

	void waiting(@Nullable Integer connections) {
		this.waiting = connections;
	}

	void forceClosed(Map<String, Integer> connections) {
		this.forceClosed = connections;
	}

	void decide(Outcome decided, String words) {
		this.outcome = decided;
		this.reason = words;
	}

	boolean isDecided() {
		return this.outcome != null;
	}

	/**
	 * Returns the report that was made last, {@code null} if none was.
	 */
	@Nullable HandoffReport told() {
		return this.told;
	}

	HandoffReport report() {
		if (this.outcome == null) {
			throw new IllegalStateException("Handoff %s is not decided".formatted(this.id));
		}
		HandoffReport report = new HandoffReport(this.id, this.role, this.peer.pid(), this.peer.instanceId(),
				this.version, this.peer.version(), this.generation, this.start, this.steps, this.descriptors,
				this.waiting, this.outcome, this.reason, this.forceClosed);
		this.told = report;
		return report;
	}

}
