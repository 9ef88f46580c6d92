package dev.handoff;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * A handoff could not be done. Each subtype is a case that somebody can act on, and
 * carries what is needed for that as data.
 */
public abstract sealed class HandoffException extends RuntimeException
		permits AcquisitionException, ControlSocketException, FileOpenException, HandoffAbortedException,
		HandoffRefusedException, HandoffTimeoutException, ListenerBindException, ListenersDroppedException,
		PeerNotAllowedException, SocketActivationException, TransferException, UnsupportedPlatformException {

	@Serial
	private static final long serialVersionUID = 1L;

	HandoffException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
