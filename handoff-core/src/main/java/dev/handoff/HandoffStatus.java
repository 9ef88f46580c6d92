package dev.handoff;

import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * What a process's part in handoffs looks like at one moment. Immutable.
 *
 * @param state the state of this process
 * @param generation how many handoffs lie between the first bind and this process
 * @param instanceId the random id of this process's part in handoffs
 * @param pid this process's id in its own pid namespace
 * @param listeners the listeners that it has
 * @param connections how many connections its servers have in hand, idle ones included,
 * by what their {@link Drain drains} say
 * @param predecessor the predecessor as long as it is connected
 * @param successor the successor as long as it is connected
 * @param currentHandoff the id of the handoff that is under way, {@code null} if none is
 * or its outcome is decided
 * @param history the last handoffs whose outcome is decided, the newest first
 * @param failure why this process takes part in no handoff any more although it serves:
 * what went wrong in this library; {@code null} if it does
 */
public record HandoffStatus(HandoffState state, int generation, String instanceId, long pid,
		List<ListenerStatus> listeners, int connections, @Nullable Predecessor predecessor,
		@Nullable Successor successor, @Nullable String currentHandoff, List<HandoffReport> history,
		@Nullable String failure) {

	public HandoffStatus {
		listeners = List.copyOf(listeners);
		history = List.copyOf(history);
	}

	/**
	 * A listener.
	 *
	 * @param name its name
	 * @param address its address, {@code 0.0.0.0:8080}, {@code [::1]:8080} or a path
	 * @param origin how this process came by it
	 * @param acceptedCount how many connections this process has accepted, or datagrams
	 * it has received
	 * @param gateOpen whether this process accepts on it now
	 */
	public record ListenerStatus(String name, String address, Listener.Origin origin, long acceptedCount,
			boolean gateOpen) {
	}

	/**
	 * The process that gave its listeners.
	 *
	 * @param pid its process id in its own pid namespace
	 * @param instanceId its instance id
	 * @param version its application's version, empty if unknown
	 * @param remaining how many connections it still has in hand, {@code null} while it
	 * does not say
	 */
	public record Predecessor(long pid, String instanceId, String version, @Nullable Integer remaining) {
	}

	/**
	 * The process that receives the listeners.
	 *
	 * @param pid its process id in its own pid namespace
	 * @param instanceId its instance id
	 * @param version its application's version, empty if unknown
	 * @param phase how far it has come
	 */
	public record Successor(long pid, String instanceId, String version, SuccessorPhase phase) {
	}

	/**
	 * How far a successor has come.
	 */
	public enum SuccessorPhase {

		/**
		 * It was offered the listeners and has not adopted them.
		 */
		OFFERED,

		/**
		 * Its application starts.
		 */
		STARTING,

		/**
		 * It is ready and waits for an operator's word.
		 */
		STANDBY,

		/**
		 * It was told that this process has released.
		 */
		RELEASED,

		/**
		 * It serves; this process can reclaim.
		 */
		OBSERVED,

		/**
		 * It serves and decides alone.
		 */
		SERVING

	}

}
