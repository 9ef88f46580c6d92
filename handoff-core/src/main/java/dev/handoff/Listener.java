package dev.handoff;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import org.jspecify.annotations.Nullable;

/**
 * A listening socket with an accept gate: this process accepts on it only while the gate
 * is open. Safe for use by several threads.
 * <p>
 * The {@link Handoff} owns it: it opens and closes the gate and closes the socket once
 * the successor has it for good. {@link #close()} gives it up earlier.
 */
public interface Listener extends Closeable {

	/**
	 * How this process came by a listener.
	 */
	enum Origin {

		/**
		 * Received from the predecessor.
		 */
		INHERITED,

		/**
		 * Newly created by this process.
		 */
		BOUND,

		/**
		 * Passed by the service manager at start (LISTEN_FDS, or descriptor 0).
		 */
		ACTIVATED,

		/**
		 * Acquired from a process that takes no part in handoffs (see
		 * {@link Acquisition}).
		 */
		ACQUIRED

	}

	/**
	 * {@return the name under which a successor asks for this listener}
	 */
	String name();

	/**
	 * {@return the address it is bound to, with the real port where 0 was asked for}
	 */
	SocketAddress address();

	/**
	 * {@return how this process came by it}
	 */
	Origin origin();

	/**
	 * Waits until the gate is open and a connection arrives, and accepts it. Blocks for
	 * as long as the gate is closed. Do not interrupt a thread in here, {@link #close()}
	 * the listener instead.
	 * @return a new connection in blocking mode, owned by the caller, or {@code null}
	 * once this process has given the listener up
	 * @throws IOException if accepting failed; the listener stays usable, as after EMFILE
	 * (accept(2), section Errors)
	 */
	@Nullable SocketChannel accept() throws IOException;

	/**
	 * Opens a channel of a duplicate of the socket's descriptor (dup(2)), for a server
	 * that accepts with an event loop of its own. It must not accept before it was passed
	 * to {@link #acceptWith(Acceptor)} as an acceptor.
	 * @return a new channel in non-blocking mode, owned by the caller; what it says of
	 * its local address is wrong, {@link #address()} is right
	 * @throws IOException if it cannot be opened, as with EMFILE
	 */
	ServerSocketChannel duplicateChannel() throws IOException;

	/**
	 * Duplicates the socket's descriptor (dup(2)), as {@link #duplicateChannel()} does,
	 * for servers with native transports.
	 * @return the number of a new descriptor, owned by the caller, in non-blocking mode
	 * whenever the gate is open
	 * @throws IOException if there can be no more descriptors, as with EMFILE
	 */
	int duplicateDescriptor() throws IOException;

	/**
	 * Leaves accepting to a server's event loop. The acceptor is told of the gate at
	 * once, and each time that it changes; nobody may be in {@link #accept()}.
	 * @param acceptor the acceptor
	 * @throws IllegalStateException if there is an acceptor already
	 */
	void acceptWith(Acceptor acceptor);

	/**
	 * {@return how many connections this process has accepted on it}
	 */
	long acceptedCount();

	/**
	 * Returns whether the accept gate is open.
	 * @return {@code true} if this process accepts now
	 */
	boolean isAccepting();

	/**
	 * Gives up this process's copy: threads in {@link #accept()} return {@code null}. A
	 * copy that another process holds is not affected. Closing twice has no effect.
	 */
	@Override
	void close();

}
