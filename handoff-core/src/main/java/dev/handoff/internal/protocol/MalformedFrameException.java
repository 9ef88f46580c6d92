package dev.handoff.internal.protocol;

import java.io.Serial;

/**
 * What a peer sent is no frame of this protocol.
 */
public final class MalformedFrameException extends Exception {

	@Serial
	private static final long serialVersionUID = 1L;

	MalformedFrameException(String message) {
		super(message);
	}

}
