package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.util.concurrent.atomic.AtomicReference;

import org.jspecify.annotations.Nullable;

/**
 * The owner of a received descriptor until it is adopted or closed: it is given away once
 * or closed once. Safe for use by several threads.
 */
public final class ReceivedDescriptor implements AutoCloseable {

	private final AtomicReference<@Nullable FileDescriptor> descriptor;

	/**
	 * Creates an owner.
	 * @param descriptor the descriptor
	 */
	public ReceivedDescriptor(FileDescriptor descriptor) {
		this.descriptor = new AtomicReference<>(descriptor);
	}

	/**
	 * Gives the descriptor away.
	 * @return the descriptor, owned by the caller from now on
	 * @throws IllegalStateException if it was given away or closed already
	 */
	public FileDescriptor giveAway() {
		FileDescriptor current = this.descriptor.getAndSet(null);
		if (current == null) {
			throw new IllegalStateException("The descriptor has been given away or closed");
		}
		return current;
	}

	/**
	 * Closes the descriptor, unless it was given away or closed already.
	 */
	@Override
	public void close() {
		FileDescriptor current = this.descriptor.getAndSet(null);
		if (current != null) {
			Descriptors.close(current);
		}
	}

}
