package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file or pipe that is handed over, and the owner of its descriptor.
 */
public sealed interface OwnedFile permits AppendOnlyFile, GatedPipe {

	/**
	 * Returns the name under which a successor asks for it.
	 * @return the name
	 */
	String name();

	/**
	 * Returns the path that was asked for.
	 * @return the absolute path
	 */
	Path path();

	/**
	 * Returns what the kernel said about it when it was opened or received.
	 * @return the facts
	 */
	FileFacts facts();

	/**
	 * Returns whether it was received from the predecessor.
	 * @return {@code false} if this process opened it
	 */
	boolean isInherited();

	/**
	 * Returns whether this process still has it.
	 * @return {@code false} after {@link #close()}
	 */
	boolean isOpen();

	/**
	 * Keeps a descriptor of it open until the lease ends, whoever closes it.
	 * @return the lease
	 * @throws IllegalStateException if it has been closed
	 * @throws IOException if there can be no more descriptors
	 */
	DescriptorLease lease() throws IOException;

	/**
	 * Gives up this process's descriptor. Closing twice has no effect.
	 */
	void close();

}
