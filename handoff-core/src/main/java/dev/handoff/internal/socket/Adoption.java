package dev.handoff.internal.socket;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;

/**
 * Makes something of a descriptor, or of a channel. If that fails, the descriptor and the
 * channel are closed.
 */
final class Adoption {

	private Adoption() {
	}

	/**
	 * Makes something of a descriptor.
	 * @param descriptor the descriptor
	 * @param opener checks the descriptor and makes the result of it, which then owns it
	 */
	static <T> T of(FileDescriptor descriptor, Opener<T> opener) throws IOException {
		try {
			return opener.open();
		}
		catch (IOException | RuntimeException ex) {
			// No effect if it has become a channel's, which is closed then.
			Descriptors.close(descriptor);
			throw ex;
		}
	}

	/**
	 * Makes something of a channel, or of a stream.
	 */
	static <C extends Closeable, T> T of(C channel, Maker<C, T> maker) throws IOException {
		try {
			return maker.make(channel);
		}
		catch (IOException | RuntimeException ex) {
			close(channel, ex);
			throw ex;
		}
	}

	private static void close(Closeable channel, Exception failure) {
		try {
			channel.close();
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	/**
	 * Opens a channel, or what is made of one.
	 *
	 * @param <T> what is opened
	 */
	@FunctionalInterface
	interface Opener<T> {

		T open() throws IOException;

	}

	/**
	 * Makes something of a channel.
	 *
	 * @param <C> the type of channel
	 * @param <T> what is made
	 */
	@FunctionalInterface
	interface Maker<C, T> {

		T make(C channel) throws IOException;

	}

}
