package dev.handoff.internal.socket;

import java.io.IOException;

/**
 * A listener, file or pipe that this process holds and hands over.
 */
public sealed interface Holding permits GatedSocket, OwnedFile {

	/**
	 * {@return the name under which a successor asks for it}
	 */
	String name();

	/**
	 * {@return where it is, for people: an address or a path}
	 */
	Object place();

	/**
	 * Returns whether this process still has it.
	 * @return {@code false} after {@link #close()}
	 */
	boolean isOpen();

	/**
	 * Opens the gate, if it has one.
	 */
	default void openGate() {
	}

	/**
	 * Closes the gate, if it has one.
	 */
	default void closeGate() {
	}

	/**
	 * Keeps a descriptor of it open until the lease ends, even if this is closed before.
	 * @throws IllegalStateException if it has been closed
	 * @throws IOException if there can be no more descriptors
	 */
	DescriptorLease lease() throws IOException;

	/**
	 * Gives up this process's copy. Closing twice has no effect.
	 */
	void close();

}
