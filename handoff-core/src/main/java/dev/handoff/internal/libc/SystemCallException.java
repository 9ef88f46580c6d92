package dev.handoff.internal.libc;

import java.io.IOException;

/**
 * A system call failed.
 */
public final class SystemCallException extends IOException {

	private static final long serialVersionUID = 1L;

	private final int error;

	SystemCallException(String call, int error, Throwable cause) {
		super("%s: %s".formatted(call, cause.getMessage()), cause);
		this.error = error;
	}

	/**
	 * {@return its error number (errno(3))}
	 */
	public int error() {
		return this.error;
	}

}
