package dev.handoff.testsupport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The TCP sockets that listen, as proc(5) tells.
 */
public final class ListeningSockets {

	private static final String LISTEN = "0A";

	private ListeningSockets() {
	}

	/**
	 * Returns those of a process's network namespace.
	 * @return the local address and port, in hexadecimal, by the name that the socket has
	 * in a list of descriptors
	 */
	public static Map<String, String> seenBy(long pid) throws IOException {
		Map<String, String> addresses = new LinkedHashMap<>();
		for (String table : List.of("tcp", "tcp6")) {
			for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "net", table))) {
				String[] columns = line.trim().split("\\s+", -1);
				if (columns[3].equals(LISTEN)) {
					addresses.put("socket:[" + columns[9] + "]", columns[1]);
				}
			}
		}
		return addresses;
	}

}
