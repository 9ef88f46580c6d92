package dev.handoff.internal.socket;

import java.io.FileDescriptor;

/**
 * Keeps a descriptor open while it is being sent, whatever its owner does: its number
 * must not come to mean something else meanwhile.
 */
public interface DescriptorLease extends AutoCloseable {

	/**
	 * {@return the descriptor, to be sent and not to be closed}
	 */
	FileDescriptor descriptor();

	/**
	 * Ends the lease. Closing twice has no effect.
	 */
	@Override
	void close();

}
