package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

import dev.handoff.internal.libc.LibC;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * What can be done with a received descriptor short of adopting it.
 */
public final class Descriptors {

	/**
	 * A file that can always be opened, as long as there are descriptors.
	 */
	public static final String NOTHING = "/dev/null";

	private Descriptors() {
	}

	/**
	 * Makes a descriptor of its number.
	 * @param number the number, of an open descriptor that nobody else of this process
	 * owns
	 */
	public static FileDescriptor of(int number) {
		try {
			return FileDescriptorCast.unsafeUsing(number).getFileDescriptor();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * {@return the number of a descriptor}
	 * @param descriptor the descriptor
	 * @throws IOException if it is not open
	 */
	public static int number(FileDescriptor descriptor) throws IOException {
		return FileDescriptorCast.using(descriptor).as(Integer.class);
	}

	/**
	 * Duplicates a descriptor.
	 * @param descriptor the descriptor
	 * @return a new one, owned by the caller
	 * @throws IOException if there can be no more
	 */
	public static FileDescriptor duplicate(FileDescriptor descriptor) throws IOException {
		return of(LibC.duplicate(number(descriptor)));
	}

	/**
	 * Sets O_NONBLOCK, for all processes that hold what is open.
	 * @param descriptor the descriptor
	 * @throws IOException if it is not open
	 */
	static void setNonBlocking(FileDescriptor descriptor) throws IOException {
		LibC.setNonBlocking(number(descriptor));
	}

	/**
	 * {@return the number that the next descriptor gets, unless another thread is faster}
	 * @throws IOException if there can be no more
	 */
	static int next() throws IOException {
		try (FileInputStream opened = new FileInputStream(NOTHING)) {
			return number(opened.getFD());
		}
	}

	/**
	 * Returns whether this process can open one more at the moment (EMFILE).
	 */
	public static boolean canOpen() {
		try {
			next();
			return true;
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Closes a descriptor that this process does not use. Never shuts the socket down, so
	 * other processes' copies are not affected. A descriptor that has been closed this
	 * way becomes invalid: closing it again has no effect.
	 * @param descriptor a descriptor that no channel owns
	 */
	public static void close(FileDescriptor descriptor) {
		try {
			// FileDescriptor#close is not public; a stream's is, and invalidates it
			// first.
			new FileInputStream(descriptor).close();
		}
		catch (IOException ex) {
			// close(2): the descriptor is released whatever the error.
		}
	}

}
