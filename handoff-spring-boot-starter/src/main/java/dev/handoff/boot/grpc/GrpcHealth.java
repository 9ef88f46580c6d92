package dev.handoff.boot.grpc;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;

/**
 * Says {@code NOT_SERVING} to those who still watch the health of a process that has
 * handed over for good. Safe for use by several threads.
 */
public final class GrpcHealth implements HandoffObserver {

	private final Runnable enterTerminalState;

	private boolean left;

	/**
	 * Creates an observer.
	 * @param enterTerminalState says so for all gRPC services of the process, and does
	 * not change it again
	 */
	public GrpcHealth(Runnable enterTerminalState) {
		this.enterTerminalState = enterTerminalState;
	}

	@Override
	public void stateChanged(StateChange change) {
		if (change.to() == HandoffState.DRAINING) {
			leave();
		}
	}

	/**
	 * Says so, once.
	 */
	synchronized void leave() {
		if (!this.left) {
			this.left = true;
			this.enterTerminalState.run();
		}
	}

}
