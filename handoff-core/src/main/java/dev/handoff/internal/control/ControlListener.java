package dev.handoff.internal.control;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.util.Optional;

/**
 * This process's copy of the listening control socket.
 */
public interface ControlListener extends Closeable {

	/**
	 * {@return the descriptor, to be sent to a successor; it stays owned by the listener}
	 */
	FileDescriptor descriptor();

	/**
	 * Accepts a waiting connection.
	 * @return the channel, empty if none waits
	 * @throws IOException if accepting failed; may be tried again
	 */
	Optional<ControlChannel> accept() throws IOException;

	/**
	 * Sets whether {@link ControlTransport#poll} wakes up for connections. Initially not.
	 * @param accepting whether it does
	 */
	void setAccepting(boolean accepting);

	/**
	 * Closes this process's copy. Never removes the socket's file, which a successor may
	 * own by now.
	 */
	@Override
	void close();

}
