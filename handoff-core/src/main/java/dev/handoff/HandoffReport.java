package dev.handoff;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * What became of one handoff, as one of its two processes saw it. Immutable.
 *
 * @param id the handoff's id, the same in both processes
 * @param role the part that this process played
 * @param peerPid the other process's id in its own pid namespace
 * @param peerInstanceId the other process's instance id
 * @param version this process's application version, empty if unknown
 * @param peerVersion the other process's application version, empty if unknown
 * @param generation the successor's generation
 * @param start when it began
 * @param steps how long the steps took that were begun
 * @param descriptorsMoved how many descriptors were offered, the control listener's
 * included; 0 if none were
 * @param waitingAtRelease how many TCP connections waited in the accept queues when the
 * predecessor had released, {@code null} where unknown, as it is in a successor
 * @param outcome how it ended
 * @param reason why, in words
 * @param forceClosed how many connections the predecessor closed because the drain's time
 * was up, by what was going on on them; known in the predecessor
 */
public record HandoffReport(String id, Role role, long peerPid, String peerInstanceId, String version,
		String peerVersion, int generation, Instant start, Map<Step, Duration> steps, int descriptorsMoved,
		@Nullable Integer waitingAtRelease, Outcome outcome, String reason, Map<String, Integer> forceClosed) {

	public HandoffReport {
		Map<Step, Duration> inOrder = new EnumMap<>(Step.class);
		inOrder.putAll(steps);
		steps = Collections.unmodifiableMap(inOrder);
		forceClosed = Map.copyOf(forceClosed);
	}

	/**
	 * The part that a process plays.
	 */
	public enum Role {

		/**
		 * It gave its listeners.
		 */
		PREDECESSOR,

		/**
		 * It received listeners.
		 */
		SUCCESSOR

	}

	/**
	 * The steps of a handoff in their order.
	 */
	public enum Step {

		/**
		 * From the HELLO, in the successor from its attempts to dial, until the listeners
		 * are adopted.
		 */
		OFFER,

		/**
		 * From then until the successor is ready; in the predecessor until it releases,
		 * which includes the time in standby.
		 */
		READY,

		/**
		 * Predecessor: from the release until the successor serves. Successor: from ready
		 * until its gates are open, which includes the time in standby.
		 */
		RELEASE,

		/**
		 * From then until the predecessor gave its copies up, or accepted again.
		 */
		OBSERVATION,

		/**
		 * From then until the predecessor had nothing in hand any more.
		 */
		DRAIN

	}

	/**
	 * How a handoff ended, with stable codes.
	 */
	public enum Outcome {

		/**
		 * The successor holds the listeners alone and the predecessor gave them up.
		 */
		COMPLETED(1),

		/**
		 * Called off before it was complete, by a process or an operator.
		 */
		ABORTED(2),

		/**
		 * The predecessor did not begin it.
		 */
		REFUSED(3),

		/**
		 * The other process did not do its part in time.
		 */
		TIMED_OUT(4),

		/**
		 * The predecessor accepted again after the release; in the successor: as it had
		 * asked.
		 */
		RECLAIMED(5),

		/**
		 * The predecessor accepted again without being asked by this successor.
		 */
		EXPELLED(6),

		/**
		 * The other process died before it was decided; this process serves, or leaves if
		 * it was told to.
		 */
		PEER_DIED(7);

		private final int code;

		Outcome(int code) {
			this.code = code;
		}

		/**
		 * {@return the stable numeric code}
		 */
		public int code() {
			return this.code;
		}

		/**
		 * Returns whether the successor took the listeners over as intended.
		 * @return {@code true} for {@link #COMPLETED}
		 */
		public boolean isCompleted() {
			return this == COMPLETED;
		}

	}

}
