package dev.handoff.internal.cli;

import java.io.Serial;

/**
 * Ends the command line.
 */
final class CommandFailure extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	private final ExitCode exitCode;

	CommandFailure(ExitCode exitCode, String message) {
		super(message);
		this.exitCode = exitCode;
	}

	ExitCode exitCode() {
		return this.exitCode;
	}

}
