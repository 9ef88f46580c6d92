package dev.handoff;

/**
 * What an operator can tell a process about the handoff that is under way.
 */
public enum HandoffCommand {

	/**
	 * Release now, where a ready successor waits for an operator's word.
	 */
	RELEASE,

	/**
	 * End the handoff before the release: the successor exits, the predecessor serves on.
	 */
	ABORT,

	/**
	 * Undo the release within the observation window: the predecessor accepts again.
	 */
	RECLAIM

}
