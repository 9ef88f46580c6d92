package dev.handoff.internal.socket;

import java.nio.file.Path;

/**
 * A file or pipe, and the owner of its descriptor.
 */
public sealed interface OwnedFile extends Holding permits AppendOnlyFile, GatedPipe {

	/**
	 * {@return the absolute path that was asked for}
	 */
	Path path();

	@Override
	default Path place() {
		return path();
	}

	/**
	 * {@return what the kernel said about it when it was opened or received}
	 */
	FileFacts facts();

	/**
	 * Returns whether it was received from the predecessor.
	 * @return {@code false} if this process opened it
	 */
	boolean isInherited();

}
