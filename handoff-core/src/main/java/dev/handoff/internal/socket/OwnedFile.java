package dev.handoff.internal.socket;

import java.nio.file.Path;

/**
 * A file or pipe, and the owner of its descriptor.
 */
public sealed interface OwnedFile extends Holding permits AppendOnlyFile, GatedPipe {

	/**
	 * Returns the path that was asked for.
	 * @return the absolute path
	 */
	Path path();

	@Override
	default Path place() {
		return path();
	}

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

}
