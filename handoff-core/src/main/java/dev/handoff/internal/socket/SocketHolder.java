package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

import dev.handoff.internal.text.PlainText;

/**
 * A process that holds a socket, and the descriptor by which it does. Immutable.
 *
 * @param pid the process's id
 * @param descriptor the descriptor
 * @param inode the socket's inode
 */
public record SocketHolder(long pid, ProcessDescriptor descriptor, long inode) {

	private static final Path PROC = Path.of("/proc");

	/**
	 * Returns the sockets that a process holds.
	 * @param process the process's directory in {@code /proc}
	 * @return one descriptor's number of each inode
	 * @throws IOException if the process is gone, or this one may not read its
	 * descriptors
	 */
	public static Map<Long, Integer> sockets(Path process) throws IOException {
		Map<Long, Integer> sockets = new LinkedHashMap<>();
		for (SocketHolder holder : list(process)) {
			sockets.putIfAbsent(holder.inode, holder.descriptor.number());
		}
		return sockets;
	}

	/**
	 * Finds who holds some sockets, besides this process.
	 * @param inodes the sockets' inodes
	 * @return the holders, but for processes whose descriptors this one may not read
	 */
	public static List<SocketHolder> of(Set<Long> inodes) {
		List<SocketHolder> holders = new ArrayList<>();
		try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
			for (Path process : processes) {
				if (pid(process) != ProcessHandle.current().pid()) {
					addHolders(holders, process, inodes);
				}
			}
		}
		catch (IOException | DirectoryIteratorException ex) {
			// No /proc, no holders.
		}
		return holders;
	}

	private static void addHolders(List<SocketHolder> holders, Path process, Set<Long> inodes) {
		try {
			list(process).stream().filter((holder) -> inodes.contains(holder.inode)).forEach(holders::add);
		}
		catch (IOException ex) {
			// It has ended, or is somebody else's.
		}
	}

	private static List<SocketHolder> list(Path process) throws IOException {
		List<SocketHolder> holders = new ArrayList<>();
		for (ProcessDescriptor descriptor : ProcessDescriptor.list(process)) {
			OptionalLong inode = descriptor.socket();
			if (inode.isPresent()) {
				holders.add(new SocketHolder(pid(process), descriptor, inode.getAsLong()));
			}
		}
		return holders;
	}

	private static long pid(Path process) {
		return Long.parseLong(process.getFileName().toString());
	}

	/**
	 * Returns the listening sockets that a process holds.
	 * @param process the process's directory in {@code /proc}
	 * @throws IOException if the process is gone, or this one may not read its
	 * descriptors
	 */
	public static List<SocketTable.Entry> listeners(Path process) throws IOException {
		Set<Long> held = sockets(process).keySet();
		return SocketTable.listeners(process).stream().filter((entry) -> held.contains(entry.inode())).toList();
	}

	/**
	 * Returns whether a process holds a TCP socket that listens at a port.
	 * @param pid the process's id
	 * @return {@code false} if it does not, or this process may not know
	 */
	public static boolean isListener(long pid, int port) {
		try {
			return listeners(PROC.resolve(Long.toString(pid))).stream()
				.anyMatch((entry) -> entry.address() instanceof InetSocketAddress inet && inet.getPort() == port);
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * Returns whether the process holds the socket still.
	 * @return {@code false} if it has closed it or has ended
	 */
	public boolean isHolding() {
		try {
			return this.descriptor.socket().equals(OptionalLong.of(this.inode));
		}
		catch (IOException ex) {
			return false;
		}
	}

	/**
	 * {@return whether the process is stopped (SIGSTOP), so that it calls nothing} Its
	 * threads stop one after the other, each when it is next scheduled.
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
					PlainText.of(Files.readString(PROC.resolve(pid + "/comm"), StandardCharsets.UTF_8).strip()));
		}
		catch (IOException ex) {
			return Long.toString(pid);
		}
	}

}
