package dev.handoff.demo.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The kernel's view of a listening socket (proc_net(5)).
 */
final class ListeningSocket {

	private static final String LISTEN = "0A";

	private ListeningSocket() {
	}

	/**
	 * Returns the inodes of the sockets that listen on a port, empty where there is no
	 * {@code /proc}. One inode in all generations means one socket, in which no waiting
	 * connection can have been lost.
	 */
	static Set<String> inodes(int port) throws IOException {
		String suffix = ":%04X".formatted(port).toUpperCase(Locale.ROOT);
		Set<String> inodes = new TreeSet<>();
		for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
			if (!Files.isReadable(Path.of(table))) {
				continue;
			}
			for (String line : Files.readAllLines(Path.of(table))) {
				String[] columns = line.trim().split("\\s+", -1);
				if (columns.length > 9 && columns[1].endsWith(suffix) && columns[3].equals(LISTEN)) {
					inodes.add(columns[9]);
				}
			}
		}
		return inodes;
	}

}
