package dev.handoff;

import java.io.Serial;

/**
 * The predecessor ended the handoff before this process was ready; it serves on.
 */
public final class HandoffAbortedException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception with the predecessor's words.
	 * @param reason why the predecessor ended the handoff
	 */
	public HandoffAbortedException(String reason) {
		super("The predecessor aborted the handoff and serves on: " + reason, null);
	}

}
