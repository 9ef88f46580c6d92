package dev.handoff.internal.socket;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How many TCP connections wait to be accepted, as {@code /proc/net/tcp} tells it
 * (proc(5)): of a listener, {@code rx_queue} is the length of the accept queue.
 * Stateless.
 */
public final class AcceptQueues {

	private static final List<Path> TABLES = List.of(Path.of("/proc/self/net/tcp"), Path.of("/proc/self/net/tcp6"));

	private static final String LISTEN = "0A";

	private static final int STATE = 3;

	private static final int QUEUES = 4;

	private static final int INODE = 9;

	private AcceptQueues() {
	}

	/**
	 * Counts the connections that wait.
	 * @param inodes the listeners' inodes
	 * @return how many wait on those of them that the kernel lists, empty if it lists
	 * none
	 */
	public static OptionalInt waiting(Set<Long> inodes) {
		Set<Long> wanted = new HashSet<>(inodes);
		int sum = 0;
		for (Path table : TABLES) {
			if (!wanted.isEmpty() && Files.isReadable(table)) {
				try (BufferedReader lines = Files.newBufferedReader(table, StandardCharsets.US_ASCII)) {
					sum += waiting(lines, wanted);
				}
				catch (IOException ex) {
					return OptionalInt.empty();
				}
			}
		}
		return (wanted.size() < inodes.size()) ? OptionalInt.of(sum) : OptionalInt.empty();
	}

	/**
	 * Adds up the queues in one table and removes the inodes that were found.
	 */
	static int waiting(BufferedReader lines, Set<Long> wanted) throws IOException {
		int sum = 0;
		// The kernel lists listeners first, so a host with many connections costs no
		// more.
		for (String line = lines.readLine(); line != null && !wanted.isEmpty(); line = lines.readLine()) {
			String[] columns = line.strip().split("\\s+", INODE + 2);
			if (columns.length <= INODE || columns[0].equals("sl")) {
				continue;
			}
			if (!columns[STATE].equals(LISTEN)) {
				break;
			}
			if (wanted.remove(Long.valueOf(columns[INODE]))) {
				String receiveQueue = columns[QUEUES].substring(columns[QUEUES].indexOf(':') + 1);
				sum += Integer.parseUnsignedInt(receiveQueue, 16);
			}
		}
		return sum;
	}

}
