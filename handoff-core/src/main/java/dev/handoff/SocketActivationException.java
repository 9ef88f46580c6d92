package dev.handoff;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * What the service manager passed at start (LISTEN_FDS, sd_listen_fds(3)) cannot be used:
 * a descriptor that is no listening TCP or unix-domain socket and no UDP socket, or
 * variables that make no sense. Sockets that were passed along with it are closed in this
 * process; the service manager keeps its own.
 */
public final class SocketActivationException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param problem what is wrong, with its values
	 * @param cause the underlying failure, if there was one
	 */
	public SocketActivationException(String problem, @Nullable Throwable cause) {
		super("The sockets that the service manager passed cannot be used: " + problem, cause);
	}

}
