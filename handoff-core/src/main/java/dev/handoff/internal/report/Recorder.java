package dev.handoff.internal.report;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffReport.Role;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus.Predecessor;
import dev.handoff.HandoffStatus.Successor;
import dev.handoff.HandoffStatus.SuccessorPhase;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionState;
import org.jspecify.annotations.Nullable;

/**
 * Writes the reports of handoffs from the transitions of this process. Used by the
 * session's thread, but for {@link #snapshot()}.
 * <p>
 * A process can be in two handoffs: its predecessor still drains when its successor
 * comes.
 */
public final class Recorder {

	private static final int REMEMBERED = 10;

	private final String instanceId;

	private final String version;

	private final TimeSource time;

	private final List<ReportListener> listeners;

	private final List<HandoffReport> history = new ArrayList<>();

	private final List<Runnable> due = new ArrayList<>();

	private long dialStart;

	private Instant dialInstant;

	private @Nullable Attempt incoming;

	private @Nullable Attempt outgoing;

	private @Nullable Outcome verdict;

	private String verdictReason = "";

	private @Nullable Integer remaining;

	private volatile Snapshot snapshot = new Snapshot(HandoffState.STARTING, 0, null, null, null, List.of());

	/**
	 * Creates a recorder.
	 * @param instanceId this process's
	 * @param version this process's application version
	 * @param time the clock
	 * @param listeners who is told, in this order, after the snapshot has it
	 */
	public Recorder(String instanceId, String version, TimeSource time, List<ReportListener> listeners) {
		this.instanceId = instanceId;
		this.version = version;
		this.time = time;
		this.listeners = List.copyOf(listeners);
		this.dialStart = time.nanoTime();
		this.dialInstant = time.instant();
	}

	public void record(Transition transition) {
		long now = this.time.nanoTime();
		recordDial(transition, now);
		recordIncoming(transition, now);
		recordRefusal(transition, now);
		recordOutgoing(transition, now);
		publish(transition);
		// After the snapshot has it, so that whoever asks meanwhile misses nothing.
		this.due.forEach(Runnable::run);
		this.due.clear();
	}

	/**
	 * Notes how many connections the predecessor has in hand.
	 */
	public void progress(int connections) {
		this.remaining = connections;
		Snapshot current = this.snapshot;
		Predecessor predecessor = current.predecessor();
		if (predecessor != null) {
			this.snapshot = new Snapshot(current.state(), current.generation(),
					new Predecessor(predecessor.pid(), predecessor.instanceId(), predecessor.version(), connections),
					current.successor(), current.currentHandoff(), current.history());
		}
	}

	/**
	 * Returns what is known now. Safe for use by several threads.
	 */
	public Snapshot snapshot() {
		return this.snapshot;
	}

	private void recordDial(Transition transition, long now) {
		if (transition.did(Action.DIAL)) {
			this.dialStart = now;
			this.dialInstant = this.time.instant();
		}
		if (transition.event() == Event.OFFER && transition.before().phase() == Phase.DIALLING) {
			this.verdict = null;
			this.remaining = null;
			this.incoming = new Attempt(Role.SUCCESSOR, this.instanceId, this.version,
					orUnknown(transition.facts().predecessor()), transition.facts().generation(), this.dialInstant,
					this.dialStart, transition.facts().descriptors());
		}
	}

	private void recordIncoming(Transition transition, long now) {
		Attempt attempt = this.incoming;
		if (attempt == null) {
			return;
		}
		if (!attempt.isDecided()) {
			endStep(attempt, transition, now);
			decideIncoming(attempt, transition);
		}
		else if (!transition.after().has(Flag.UP)) {
			attempt.end(HandoffReport.Step.DRAIN, now);
		}
		if (attempt.isDecided()
				&& (!transition.after().has(Flag.UP) || transition.after().phase() == Phase.TERMINATED)) {
			this.incoming = null;
			complete(attempt);
		}
	}

	private void decideIncoming(Attempt attempt, Transition transition) {
		switch (transition.after().phase()) {
			case DIALLING, STARTING, STANDBY, BOUND -> {
				return;
			}
			case EXPELLED -> {
				if (transition.before().phase() != Phase.EXPELLED) {
					this.verdict = verdict(transition);
					this.verdictReason = transition.occurrence().detail();
				}
				return;
			}
			default -> {
			}
		}
		Outcome given = this.verdict;
		if (given != null && transition.event() != Event.PREDECESSOR_EOF) {
			decide(attempt, given, this.verdictReason);
			return;
		}
		decide(attempt, switch (transition.event()) {
			case CLOSED -> Outcome.COMPLETED;
			case PREDECESSOR_EOF -> Outcome.PEER_DIED;
			case RECLAIM_DEADLINE -> Outcome.TIMED_OUT;
			default -> Outcome.ABORTED;
		}, transition.occurrence().detail());
	}

	private static Outcome verdict(Transition transition) {
		if (transition.event() == Event.ABORT_FROM_PREDECESSOR) {
			return Outcome.ABORTED;
		}
		return transition.before().has(Flag.RECLAIM_PENDING) ? Outcome.RECLAIMED : Outcome.EXPELLED;
	}

	private void recordRefusal(Transition transition, long now) {
		PeerIdentity dialler = transition.facts().dialler();
		if (dialler == null || !transition.did(Action.REFUSE_BUSY, Action.REFUSE_NOT_READY, Action.REFUSE_PARKED)) {
			return;
		}
		Attempt attempt = new Attempt(Role.PREDECESSOR, this.instanceId, this.version, dialler,
				transition.facts().generation() + 1, this.time.instant(), now, 0);
		decide(attempt, Outcome.REFUSED, transition.did(Action.REFUSE_NOT_READY) ? "this process is starting itself"
				: "another handoff is under way");
		complete(attempt);
	}

	private void recordOutgoing(Transition transition, long now) {
		if (transition.did(Action.OFFER, Action.OFFER_PARKED)) {
			this.outgoing = new Attempt(Role.PREDECESSOR, this.instanceId, this.version,
					orUnknown(transition.facts().successor()), transition.facts().generation() + 1, this.time.instant(),
					now, transition.facts().descriptors());
			return;
		}
		Attempt attempt = this.outgoing;
		if (attempt == null) {
			return;
		}
		endStep(attempt, transition, now);
		if (transition.did(Action.SEND_RELEASED)) {
			attempt.waiting(transition.facts().waiting());
		}
		if (!attempt.isDecided()) {
			decideOutgoing(attempt, transition);
		}
		if (attempt.isDecided() && transition.after().phase() != Phase.DRAINING) {
			attempt.forceClosed(transition.facts().forceClosed());
			this.outgoing = null;
			complete(attempt);
		}
	}

	private void decideOutgoing(Attempt attempt, Transition transition) {
		Phase before = transition.before().phase();
		boolean released = before == Phase.WAIT_SERVING || before == Phase.OBSERVING || before == Phase.CONFIRMING;
		Outcome outcome = switch (transition.after().phase()) {
			case DRAINING -> Outcome.COMPLETED;
			case SERVING -> switch (transition.event()) {
				case SUCCESSOR_EOF -> Outcome.PEER_DIED;
				case STEP_DEADLINE, READY_DEADLINE -> released ? Outcome.RECLAIMED : Outcome.TIMED_OUT;
				default -> released ? Outcome.RECLAIMED : Outcome.ABORTED;
			};
			default -> null;
		};
		if (outcome != null) {
			decide(attempt, outcome, transition.occurrence().detail());
		}
	}

	private static void endStep(Attempt attempt, Transition transition, long now) {
		HandoffReport.Step step = step(transition.before().phase());
		if (step != null && step != step(transition.after().phase())) {
			attempt.end(step, now);
		}
	}

	private static HandoffReport.@Nullable Step step(Phase phase) {
		return switch (phase) {
			case DIALLING, WAIT_ADOPTED -> HandoffReport.Step.OFFER;
			case STARTING, WAIT_READY -> HandoffReport.Step.READY;
			case STANDBY, WAIT_SERVING -> HandoffReport.Step.RELEASE;
			case BOUND, OBSERVING, CONFIRMING -> HandoffReport.Step.OBSERVATION;
			case DRAINING -> HandoffReport.Step.DRAIN;
			case EXPELLED, ALONE_STARTING, SERVING, LEAVING, TERMINATED -> null;
		};
	}

	private void decide(Attempt attempt, Outcome outcome, String reason) {
		attempt.decide(outcome, reason);
		HandoffReport report = attempt.report();
		this.history.add(0, report);
		if (this.history.size() > REMEMBERED) {
			this.history.remove(REMEMBERED);
		}
		this.due.add(() -> this.listeners.forEach((listener) -> listener.decided(report)));
	}

	private void complete(Attempt attempt) {
		HandoffReport decided = attempt.told();
		HandoffReport report = attempt.report();
		this.history.replaceAll((remembered) -> remembered.equals(decided) ? report : remembered);
		this.due.add(() -> this.listeners.forEach((listener) -> listener.completed(report)));
	}

	private void publish(Transition transition) {
		SessionState after = transition.after();
		PeerIdentity up = transition.facts().predecessor();
		PeerIdentity down = transition.facts().successor();
		SuccessorPhase phase = phase(after);
		this.snapshot = new Snapshot(after.phase().state(), transition.facts().generation(),
				(up != null && after.has(Flag.UP))
						? new Predecessor(up.pid(), up.instanceId(), up.version(), this.remaining) : null,
				(down != null && phase != null && after.has(Flag.DOWN))
						? new Successor(down.pid(), down.instanceId(), down.version(), phase) : null,
				current(), List.copyOf(this.history));
	}

	private static @Nullable SuccessorPhase phase(SessionState state) {
		return switch (state.phase()) {
			case WAIT_ADOPTED -> SuccessorPhase.OFFERED;
			case WAIT_READY -> state.has(Flag.HOLD) ? SuccessorPhase.STANDBY : SuccessorPhase.STARTING;
			case WAIT_SERVING -> SuccessorPhase.RELEASED;
			case OBSERVING, CONFIRMING -> SuccessorPhase.OBSERVED;
			case DRAINING -> SuccessorPhase.SERVING;
			default -> null;
		};
	}

	private @Nullable String current() {
		if (this.outgoing != null && !this.outgoing.isDecided()) {
			return this.outgoing.id();
		}
		return (this.incoming != null && !this.incoming.isDecided()) ? this.incoming.id() : null;
	}

	private static PeerIdentity orUnknown(@Nullable PeerIdentity peer) {
		return (peer != null) ? peer : PeerIdentity.UNKNOWN;
	}

	/**
	 * What was known after the last transition.
	 *
	 * @param state the state
	 * @param generation the generation
	 * @param predecessor the predecessor, if connected
	 * @param successor the successor, if connected
	 * @param currentHandoff the id of the handoff whose outcome is not decided
	 * @param history the last reports, the newest first
	 */
	public record Snapshot(HandoffState state, int generation, @Nullable Predecessor predecessor,
			@Nullable Successor successor, @Nullable String currentHandoff, List<HandoffReport> history) {

		/**
		 * Returns whether the other process of a handoff serves in place of this one.
		 */
		public boolean isServedByAnother() {
			return switch (this.state) {
				case SERVING, OFFERING -> false;
				case OBSERVING -> true;
				// Until it is decided, the handoff is one in which the predecessor
				// serves: before the release, or after it has reclaimed.
				case STARTING, STANDBY, DRAINING, TERMINATED ->
					this.currentHandoff != null || this.history.stream().anyMatch(Snapshot::leavesThePeerServing);
			};
		}

		// A process that has come to one of these ends does not serve again.
		private static boolean leavesThePeerServing(HandoffReport report) {
			return switch (report.outcome()) {
				case COMPLETED -> report.role() == Role.PREDECESSOR;
				case ABORTED, RECLAIMED, EXPELLED -> report.role() == Role.SUCCESSOR;
				case REFUSED, TIMED_OUT, PEER_DIED -> false;
			};
		}

	}

}
