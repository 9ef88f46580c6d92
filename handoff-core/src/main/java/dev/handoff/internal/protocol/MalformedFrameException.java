package dev.handoff.internal.protocol;

import java.io.Serial;

/**
 * What the peer sent is no frame, or no frame that a handoff may contain. The message
 * names the value. Where the next frame begins is unknown after it.
 */
public final class MalformedFrameException extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	MalformedFrameException(String message) {
		super(message);
	}

}
