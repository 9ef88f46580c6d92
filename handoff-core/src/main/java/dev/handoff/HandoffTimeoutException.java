package dev.handoff;

import java.io.Serial;
import java.time.Duration;

import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * The predecessor did not answer in time; it has been left alone.
 */
public final class HandoffTimeoutException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Duration timeout;

	/**
	 * Creates an exception for one step.
	 * @param awaited what was awaited
	 * @param timeout how long
	 * @param option the option that sets the time
	 * @param cause why the last attempt failed, if it did
	 */
	public HandoffTimeoutException(String awaited, Duration timeout, String option, @Nullable Throwable cause) {
		super("No %s within %s (%s)%s".formatted(awaited, DurationText.of(timeout), option,
				(cause != null) ? ": " + cause.getMessage() : ""), cause);
		this.timeout = timeout;
	}

	/**
	 * {@return how long was waited}
	 */
	public Duration getTimeout() {
		return this.timeout;
	}

}
