package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * What the kernel says about an open file: fstat(2), and the flags of open(2) from
 * {@code /proc/<pid>/fdinfo} (proc(5)). Device and inode are the same in every process.
 * Immutable.
 *
 * @param type its type
 * @param device the device that it is on
 * @param inode its inode there, without its highest bit, so that it is never negative
 * @param access how it was opened
 * @param appending whether each write goes to its end (O_APPEND)
 */
public record FileFacts(Type type, long device, long inode, Access access, boolean appending) {

	private static final int TYPE_MASK = 0170000;

	private static final int ACCESS_MASK = 03;

	private static final int APPEND = 02000;

	/**
	 * Types of files, from {@code <sys/stat.h>}.
	 */
	public enum Type {

		/**
		 * S_IFREG.
		 */
		REGULAR,

		/**
		 * S_IFIFO.
		 */
		PIPE,

		/**
		 * S_IFSOCK.
		 */
		SOCKET,

		/**
		 * Any other.
		 */
		OTHER;

		/**
		 * {@return the type of the file to which a path leads}
		 * @param path the path, links are followed
		 * @throws IOException if there is none, or its directory cannot be searched
		 */
		static Type of(Path path) throws IOException {
			return of((int) Files.getAttribute(path, "unix:mode"));
		}

		private static Type of(int mode) {
			return switch (mode & TYPE_MASK) {
				case 0100000 -> REGULAR;
				case 0010000 -> PIPE;
				case 0140000 -> SOCKET;
				default -> OTHER;
			};
		}

	}

	/**
	 * Access modes of open(2), in the order of their numbers.
	 */
	public enum Access {

		/**
		 * O_RDONLY.
		 */
		READ,

		/**
		 * O_WRONLY.
		 */
		WRITE,

		/**
		 * O_RDWR.
		 */
		READ_AND_WRITE,

		/**
		 * None of these.
		 */
		OTHER

	}

	/**
	 * Asks the kernel about a descriptor of this process.
	 * @param descriptor the descriptor
	 * @throws IOException if it is not open, or this is not Linux
	 */
	public static FileFacts of(FileDescriptor descriptor) throws IOException {
		if (!Platform.isLinux()) {
			throw new IOException("files are handed over on Linux only");
		}
		return of(ProcessDescriptor.of(descriptor));
	}

	/**
	 * Asks the kernel about a descriptor of any process.
	 * @param descriptor the descriptor
	 * @throws IOException if it is not open, or this process may not know
	 */
	static FileFacts of(ProcessDescriptor descriptor) throws IOException {
		Map<String, Object> attributes = Files.readAttributes(descriptor.link(), "unix:mode,dev,ino");
		int flags = descriptor.flags();
		return new FileFacts(Type.of((int) number(attributes, "mode")), number(attributes, "dev"),
				number(attributes, "ino"), Access.values()[flags & ACCESS_MASK], (flags & APPEND) != 0);
	}

	/**
	 * {@return the user to whom a file belongs}
	 * @param path the file, or a symbolic link, which is not followed
	 * @throws IOException if there is none, or its directory cannot be searched
	 */
	public static long owner(Path path) throws IOException {
		return Integer.toUnsignedLong((int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS));
	}

	private static long number(Map<String, Object> attributes, String name) {
		return ((Number) Objects.requireNonNull(attributes.get(name))).longValue() & Long.MAX_VALUE;
	}

	/**
	 * {@return whether it is a regular file that is open for appending}
	 */
	public boolean isAppendFile() {
		return this.type == Type.REGULAR && this.appending
				&& (this.access == Access.WRITE || this.access == Access.READ_AND_WRITE);
	}

	/**
	 * {@return whether it is a pipe that is open in both directions}
	 */
	public boolean isReadablePipe() {
		return this.type == Type.PIPE && this.access == Access.READ_AND_WRITE;
	}

	/**
	 * {@return whether it is the file that another descriptor leads to}
	 * @param other the other descriptor's facts
	 */
	boolean isSameFile(FileFacts other) {
		return this.device == other.device && this.inode == other.inode;
	}

	/**
	 * Returns whether a path leads to it.
	 * @param path the path
	 * @return {@code false} if it leads to another file or to none
	 */
	public boolean isAt(Path path) {
		try {
			Map<String, Object> attributes = Files.readAttributes(path, "unix:dev,ino");
			return this.device == number(attributes, "dev") && this.inode == number(attributes, "ino");
		}
		catch (IOException ex) {
			return false;
		}
	}

}
