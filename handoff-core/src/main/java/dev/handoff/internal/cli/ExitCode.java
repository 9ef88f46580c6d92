package dev.handoff.internal.cli;

/**
 * What the command line ends with, for scripts. The codes are stable.
 */
enum ExitCode {

	/** Done; a handoff completed; the status is as expected. */
	OK(0),
	/** The handoff did not complete, or the command failed. */
	FAILED(1),
	/** The arguments make no sense. */
	USAGE(2),
	/** No process answers on the control socket. */
	NOBODY(3),
	/** The process did not do it: too late, too early, nothing under way, busy. */
	REFUSED(4),
	/** No answer in time. */
	TIMED_OUT(5),
	/** Another instance, generation or state than was asked for. */
	UNEXPECTED(6),
	/** The control socket cannot be trusted or used, or its process is too old. */
	UNUSABLE(7);

	private final int code;

	ExitCode(int code) {
		this.code = code;
	}

	int code() {
		return this.code;
	}

}
