package dev.handoff;

import java.io.Serial;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * The process that serves refused to hand over; it serves on.
 */
public final class HandoffRefusedException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Reason reason;

	private final transient Path controlSocket;

	private final @Nullable Duration retryAfter;

	/**
	 * Creates an exception from the predecessor's answer.
	 * @param reason the reason
	 * @param detail the predecessor's words
	 * @param controlSocket the control socket that was asked
	 * @param retryAfter when to ask again, if that may help
	 */
	public HandoffRefusedException(Reason reason, String detail, Path controlSocket, @Nullable Duration retryAfter) {
		super("The process that owns control socket '%s' refused: %s (%s)".formatted(controlSocket, detail, reason),
				null);
		this.reason = reason;
		this.controlSocket = controlSocket;
		this.retryAfter = retryAfter;
	}

	/**
	 * {@return the reason}
	 */
	public Reason getReason() {
		return this.reason;
	}

	/**
	 * {@return the control socket that was asked}
	 */
	public Path getControlSocket() {
		return this.controlSocket;
	}

	/**
	 * Returns when to ask again.
	 * @return the delay, empty if asking again does not help
	 */
	public Optional<Duration> getRetryAfter() {
		return Optional.ofNullable(this.retryAfter);
	}

	/**
	 * Why a predecessor refuses.
	 */
	public enum Reason {

		/**
		 * Another handoff is under way.
		 */
		BUSY,

		/**
		 * The process is not ready itself yet.
		 */
		NOT_READY,

		/**
		 * The two speak no common protocol version.
		 */
		VERSION,

		/**
		 * The control socket belongs to another application.
		 */
		OTHER_APPLICATION,

		/**
		 * The peer's user may not take the listeners.
		 */
		FORBIDDEN,

		/**
		 * The two run in different network namespaces, so that nobody would reach the
		 * listeners in this one.
		 */
		OTHER_NETWORK

	}

}
