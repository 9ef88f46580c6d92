package dev.handoff;

/**
 * What an operator can tell a process about the handoff that is under way, with stable
 * codes.
 */
public enum HandoffCommand {

	/**
	 * Release now, where a ready successor waits for an operator's word.
	 */
	RELEASE(1),

	/**
	 * End the handoff before the release: the successor exits, the predecessor serves on.
	 */
	ABORT(2),

	/**
	 * Undo the release within the observation window: the predecessor accepts again.
	 */
	RECLAIM(3);

	private final int code;

	HandoffCommand(int code) {
		this.code = code;
	}

	/**
	 * Returns the stable numeric code.
	 * @return the code
	 */
	public int code() {
		return this.code;
	}

}
