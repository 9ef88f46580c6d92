package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;

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
		return NioAccess.get().descriptor(number);
	}

	/**
	 * Returns whether this process can open one more at the moment (EMFILE).
	 */
	public static boolean canOpen() {
		try (FileInputStream opened = new FileInputStream(NOTHING)) {
			return opened.getFD().valid();
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
