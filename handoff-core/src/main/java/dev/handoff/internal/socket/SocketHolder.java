package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

import org.jspecify.annotations.Nullable;

/**
 * A descriptor of a socket in some process, as {@code /proc/<pid>/fd} shows it (proc(5)).
 * Immutable.
 *
 * @param pid the process's id
 * @param link the descriptor's symbolic link
 * @param target what it links to, for example {@code socket:[4711]}
 */
public record SocketHolder(long pid, Path link, String target) {

	private static final Path PROC = Path.of("/proc");

	private static final String SOCKET = "socket:[";

	/**
	 * Returns the sockets that a process holds.
	 * @param process the process's directory in {@code /proc}
	 * @return one descriptor's number of each inode
	 * @throws IOException if the process is gone or this one may not look
	 */
	public static Map<Long, Integer> sockets(Path process) throws IOException {
		Map<Long, Integer> sockets = new LinkedHashMap<>();
		for (SocketHolder holder : list(process)) {
			String inode = holder.target.substring(SOCKET.length(), holder.target.length() - 1);
			sockets.putIfAbsent(Long.valueOf(inode), Integer.valueOf(holder.link.getFileName().toString()));
		}
		return sockets;
	}

	/**
	 * Finds who holds some sockets, besides this process.
	 * @param inodes the sockets' inodes
	 * @return the holders, as far as this process may look
	 */
	public static List<SocketHolder> of(Set<Long> inodes) {
		Set<String> targets = inodes.stream().map((inode) -> SOCKET + inode + "]").collect(Collectors.toSet());
		List<SocketHolder> holders = new ArrayList<>();
		try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
			for (Path process : processes) {
				if (Long.parseLong(process.getFileName().toString()) != ProcessHandle.current().pid()) {
					addHolders(holders, process, targets);
				}
			}
		}
		catch (IOException | DirectoryIteratorException ex) {
			// No /proc, no holders.
		}
		return holders;
	}

	private static void addHolders(List<SocketHolder> holders, Path process, Set<String> targets) {
		try {
			list(process).stream().filter((holder) -> targets.contains(holder.target)).forEach(holders::add);
		}
		catch (IOException ex) {
			// It has ended, or is somebody else's.
		}
	}

	private static List<SocketHolder> list(Path process) throws IOException {
		List<SocketHolder> holders = new ArrayList<>();
		long pid = Long.parseLong(process.getFileName().toString());
		try (DirectoryStream<Path> links = Files.newDirectoryStream(process.resolve("fd"))) {
			for (Path link : links) {
				String target = target(link);
				if (target != null && target.startsWith(SOCKET)) {
					holders.add(new SocketHolder(pid, link, target));
				}
			}
		}
		catch (DirectoryIteratorException ex) {
			throw ex.getCause();
		}
		return holders;
	}

	private static @Nullable String target(Path link) throws IOException {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (NoSuchFileException ex) {
			// Closed meanwhile.
			return null;
		}
	}

	/**
	 * Returns whether the process holds the socket still.
	 * @return {@code false} if it has closed it or has ended
	 */
	public boolean isHolding() {
		try {
			return this.target.equals(target(this.link));
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Returns whether the process is stopped (SIGSTOP), so that it calls nothing. Its
	 * threads stop one after the other, each when it is next scheduled.
	 * @return {@code true} if all of its threads are stopped
	 */
	public boolean isStopped() {
		try (DirectoryStream<Path> threads = Files.newDirectoryStream(PROC.resolve(this.pid + "/task"))) {
			for (Path thread : threads) {
				String stat = Files.readString(thread.resolve("stat"), StandardCharsets.ISO_8859_1);
				// The state follows the thread's name, which may have any character.
				if (!stat.startsWith("T", stat.lastIndexOf(')') + 2)) {
					return false;
				}
			}
			return true;
		}
		catch (IOException | DirectoryIteratorException ex) {
			return false;
		}
	}

	/**
	 * Returns a process's name and id, for people.
	 * @param pid the process's id
	 * @return for example {@code 42 (nginx)}
	 */
	public static String describe(long pid) {
		try {
			return "%d (%s)".formatted(pid,
					Files.readString(PROC.resolve(pid + "/comm"), StandardCharsets.UTF_8).strip());
		}
		catch (IOException ex) {
			return Long.toString(pid);
		}
	}

}
