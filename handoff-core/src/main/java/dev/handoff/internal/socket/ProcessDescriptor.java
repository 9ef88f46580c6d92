package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A descriptor of some process, as {@code /proc/<pid>/fd} and {@code /proc/<pid>/fdinfo}
 * show it (proc(5)). Immutable.
 *
 * @param process the process's directory in {@code /proc}
 * @param number the descriptor's number in that process
 */
record ProcessDescriptor(Path process, int number) {

	private static final Path SELF = Path.of("/proc/self");

	private static final Pattern SOCKET = Pattern.compile("socket:\\[(\\d+)]");

	private static final String FLAGS = "flags:";

	/**
	 * Returns a descriptor of this process.
	 */
	static ProcessDescriptor of(FileDescriptor descriptor) throws IOException {
		return new ProcessDescriptor(SELF, Descriptors.number(descriptor));
	}

	/**
	 * Returns the descriptors of a process, some of which may have been closed since.
	 * @throws IOException if the process is gone, or this one may not read its
	 * descriptors
	 */
	static List<ProcessDescriptor> list(Path process) throws IOException {
		List<ProcessDescriptor> descriptors = new ArrayList<>();
		try (DirectoryStream<Path> links = Files.newDirectoryStream(process.resolve("fd"))) {
			for (Path link : links) {
				descriptors.add(new ProcessDescriptor(process, Integer.parseInt(link.getFileName().toString())));
			}
		}
		catch (DirectoryIteratorException ex) {
			throw ex.getCause();
		}
		return descriptors;
	}

	/**
	 * Returns the symbolic link that leads to what is open.
	 */
	Path link() {
		return this.process.resolve("fd").resolve(Integer.toString(this.number));
	}

	/**
	 * Returns what is open: a path, or a name such as {@code socket:[4711]}.
	 */
	String target() throws IOException {
		return Files.readSymbolicLink(link()).toString();
	}

	/**
	 * Returns the inode of the socket that is open.
	 * @return the inode, empty if it is no socket or has been closed
	 */
	OptionalLong socket() throws IOException {
		try {
			Matcher matcher = SOCKET.matcher(target());
			return matcher.matches() ? OptionalLong.of(Long.parseLong(matcher.group(1))) : OptionalLong.empty();
		}
		catch (NoSuchFileException ex) {
			return OptionalLong.empty();
		}
	}

	/**
	 * Returns the flags of open(2).
	 */
	int flags() throws IOException {
		Path info = this.process.resolve("fdinfo").resolve(Integer.toString(this.number));
		for (String line : Files.readAllLines(info)) {
			if (line.startsWith(FLAGS)) {
				return Integer.parseUnsignedInt(line.substring(FLAGS.length()).strip(), 8);
			}
		}
		throw new IOException("'%s' does not tell the flags".formatted(info));
	}

}
