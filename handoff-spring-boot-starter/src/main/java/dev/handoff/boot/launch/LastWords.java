package dev.handoff.boot.launch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a successor says whose application fails to start, for the process that has
 * started it. The output of both may go where nobody can read it back: to the journal, a
 * container's engine or a terminal. The successor writes to a file that the other one has
 * made, for this user alone, and removes.
 */
final class LastWords {

	private static final Logger logger = LoggerFactory.getLogger(LastWords.class);

	/**
	 * The environment variable with the file.
	 */
	static final String VARIABLE = "HANDOFF_LAST_WORDS";

	private final Path file;

	private LastWords(Path file) {
		this.file = file;
	}

	/**
	 * Makes a file for a process to be started.
	 * @param environment the process's
	 */
	static LastWords expect(Map<String, String> environment) throws IOException {
		LastWords words = new LastWords(Files.createTempFile("handoff-", ".last-words"));
		environment.put(VARIABLE, words.file.toString());
		return words;
	}

	/**
	 * Writes to the file, if this process was given one.
	 * @param environment this process's
	 * @param text the words
	 */
	static void say(Map<String, String> environment, String text) {
		String file = environment.get(VARIABLE);
		if (file == null) {
			return;
		}
		try {
			// Not created: the file of a launch that is over is gone.
			Files.writeString(Path.of(file), text + "\n", StandardCharsets.UTF_8, StandardOpenOption.APPEND,
					LinkOption.NOFOLLOW_LINKS);
		}
		catch (IOException ex) {
			logger.debug("Last words cannot be written to '{}'", file, ex);
		}
	}

	/**
	 * Returns the lines that were written, and removes the file.
	 */
	List<String> take() {
		try {
			List<String> lines = OutputTail.of(this.file, 0);
			Files.deleteIfExists(this.file);
			return lines;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
