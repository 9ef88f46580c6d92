package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.internal.socket.Descriptors;

/**
 * Keeps received descriptors from junixsocket's clean-up, which calls shutdown(2) on
 * sockets that other processes hold too.
 */
final class OwnedDescriptors {

	private static final Pattern LIMIT = Pattern.compile("(?m)^Max open files\\s+(\\d+)");

	private OwnedDescriptors() {
	}

	/**
	 * Duplicates all or none, and closes the originals in any case.
	 * @param originals the descriptors, invalid afterwards
	 * @return the duplicates, in the same order
	 * @throws IOException if one could not be duplicated
	 */
	static List<FileDescriptor> move(FileDescriptor[] originals) throws IOException {
		List<FileDescriptor> duplicates = new ArrayList<>(originals.length);
		try {
			for (FileDescriptor original : originals) {
				duplicates.add(Descriptors.duplicate(original));
				Descriptors.close(original);
			}
			return duplicates;
		}
		catch (IOException | RuntimeException ex) {
			for (FileDescriptor original : originals) {
				Descriptors.close(original);
			}
			duplicates.forEach(Descriptors::close);
			throw ex;
		}
	}

	/**
	 * Says what to do about too small a limit of open files.
	 */
	static String limitAdvice() {
		return "Raise this process's limit of open files (ulimit -n, LimitNOFILE=)%s".formatted(limit());
	}

	// proc_pid_limits(5). There are descriptors left, if not enough.
	private static String limit() {
		try {
			Matcher line = LIMIT.matcher(Files.readString(Path.of("/proc/self/limits")));
			return line.find() ? ", which is %s now".formatted(line.group(1)) : "";
		}
		catch (IOException ex) {
			return "";
		}
	}

	/**
	 * Tells whether this process can have so many more descriptors.
	 * @param count how many
	 * @param sample a descriptor that it has
	 * @return {@code false} if there would be too many (EMFILE)
	 */
	static boolean hasRoomFor(int count, FileDescriptor sample) {
		List<FileDescriptor> duplicates = new ArrayList<>(count);
		try {
			for (int i = 0; i < count; i++) {
				duplicates.add(Descriptors.duplicate(sample));
			}
			return true;
		}
		catch (IOException ex) {
			return false;
		}
		finally {
			duplicates.forEach(Descriptors::close);
		}
	}

}
