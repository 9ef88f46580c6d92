package dev.handoff.boot.launch;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * The last lines of a file.
 */
final class OutputTail {

	private static final int LINES = 40;

	private static final int BYTES = 16 * 1024;

	private OutputTail() {
	}

	/**
	 * Reads the lines.
	 * @param file the file
	 * @param from the position before which nothing is read
	 */
	static List<String> of(Path file, long from) throws IOException {
		try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "r")) {
			access.seek(Math.max(from, access.length() - BYTES));
			byte[] tail = new byte[(int) Math.max(0, access.length() - access.getFilePointer())];
			access.readFully(tail);
			List<String> lines = new String(tail, StandardCharsets.UTF_8).lines().toList();
			return lines.subList(Math.max(0, lines.size() - LINES), lines.size());
		}
	}

}
