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
	 * Close the application context after a completed handoff and keep the process until
	 * it is told to terminate, for supervisors that start again whatever exits. A process
	 * that its predecessor has started exits: no supervisor watches it.
	 */
	STAY

}
