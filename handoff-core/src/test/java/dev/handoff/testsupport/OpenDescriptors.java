package dev.handoff.testsupport;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The sockets, pipes and the like that this process has open, by descriptor.
 */
public final class OpenDescriptors {

	private OpenDescriptors() {
	}

	/**
	 * Runs something twice, and asserts that the second run leaves no descriptor behind:
	 * the first may initialize classes that keep one.
	 * @param action what to run
	 * @throws Exception if the action does
	 */
	public static void assertNoneLeftBehind(Action action) throws Exception {
		action.run();
		Map<Integer, String> before = list();
		action.run();
		assertThat(list()).isEqualTo(before);
	}

	/**
	 * Lists them.
	 * @return what each descriptor leads to
	 * @throws IOException if {@code /proc} cannot be read
	 */
	public static Map<Integer, String> list() throws IOException {
		Map<Integer, String> open = new TreeMap<>();
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors) {
				try {
					String target = Files.readSymbolicLink(descriptor).toString();
					if (List.of("socket", "pipe", "anon_inode").contains(target.split(":", 2)[0])) {
						open.put(Integer.valueOf(descriptor.getFileName().toString()), target);
					}
				}
				catch (IOException ex) {
					// Closed meanwhile: the directory's own descriptor.
				}
			}
		}
		return open;
	}

	/**
	 * Returns how many descriptors lead to one socket.
	 * @param inode the socket's inode
	 * @return the count
	 * @throws IOException if {@code /proc} cannot be read
	 */
	public static long countOf(long inode) throws IOException {
		return list().values().stream().filter("socket:[%d]".formatted(inode)::equals).count();
	}

	/**
	 * Returns how many descriptors lead to one file.
	 * @param file the file's path
	 * @return the count
	 * @throws IOException if {@code /proc} cannot be read
	 */
	public static long countOf(Path file) throws IOException {
		long count = 0;
		try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
			for (Path descriptor : descriptors) {
				try {
					count += Files.isSameFile(descriptor, file) ? 1 : 0;
				}
				catch (NoSuchFileException ex) {
					// No file, or closed meanwhile.
				}
			}
		}
		return count;
	}

	/**
	 * Something that may throw.
	 */
	@FunctionalInterface
	public interface Action {

		/**
		 * Does it.
		 * @throws Exception if it fails
		 */
		void run() throws Exception;

	}

}
