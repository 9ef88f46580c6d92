package dev.handoff;

import java.io.Serial;

/**
 * The handoff ended before this process had its listeners; a predecessor serves on.
 */
public final class HandoffAbortedException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private HandoffAbortedException(String message) {
		super(message, null);
	}

	/**
	 * Creates an exception with the predecessor's words.
	 * @param reason why the predecessor ended the handoff
	 * @return the exception
	 */
	public static HandoffAbortedException byPredecessor(String reason) {
		return new HandoffAbortedException("The predecessor aborted the handoff and serves on: " + reason);
	}

	/**
	 * Creates an exception for a process that ends its own start.
	 * @param reason why it ended it
	 * @return the exception
	 */
	public static HandoffAbortedException byThisProcess(String reason) {
		return new HandoffAbortedException(
				"This process gave up before it had its listeners: %s; a predecessor serves on".formatted(reason));
	}

}
