package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What can be done with a received descriptor short of adopting it.
 */
public final class Descriptors {

	// O_NONBLOCK, and the line of fdinfo that has it in octal (proc(5)).
	private static final int NON_BLOCKING = 04000;

	private static final String FLAGS = "flags:";

	private Descriptors() {
	}

	/**
	 * Makes a descriptor of its number.
	 * @param number the number, of an open descriptor that nobody else of this process
	 * owns
	 * @return the descriptor
	 */
	public static FileDescriptor of(int number) {
		return NioAccess.get().descriptor(number);
	}

	static boolean isNonBlocking(Path information, int number) throws IOException {
		for (String line : Files.readAllLines(information.resolve(Integer.toString(number)))) {
			if (line.startsWith(FLAGS)) {
				return (Integer.parseInt(line.substring(FLAGS.length()).strip(), 8) & NON_BLOCKING) != 0;
			}
		}
		throw new IOException("%s does not tell the flags of descriptor %d".formatted(information, number));
	}

	/**
	 * Closes a descriptor that this process declines. Never shuts the socket down, so
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
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Calls listen(2) again, which makes this process the one that SO_PEERCRED names to
	 * dialling peers (unix(7)). The accept queue is not affected.
	 * @param descriptor a listening socket
	 * @param backlog the length of the accept queue
	 * @throws IOException if the call failed
	 */
	public static void listen(FileDescriptor descriptor, int backlog) throws IOException {
		NioAccess.get().listen(descriptor, backlog);
	}

}
