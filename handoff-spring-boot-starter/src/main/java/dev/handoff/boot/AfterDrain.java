package dev.handoff.boot;

/**
 * What a process does when it has handed over and finished its connections.
 */
public enum AfterDrain {

	/**
	 * Close the application context and exit, with code 0 after a completed handoff.
	 */
	EXIT,

	/**
	 * Keep quiet until told to terminate, for supervisors that start again whatever
	 * exits.
	 */
	STAY

}
