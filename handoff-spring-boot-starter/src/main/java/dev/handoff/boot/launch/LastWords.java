package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
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

	private static final LastWords NONE = new LastWords(null);

	private final @Nullable Path file;

	private LastWords(@Nullable Path file) {
		this.file = file;
	}

	/**
	 * Makes a file for a process to be started. Without one the process starts as well.
	 * @param environment the process's
	 */
	static LastWords expect(Map<String, String> environment) {
		return expect(environment, Path.of(System.getProperty("java.io.tmpdir")));
	}

	static LastWords expect(Map<String, String> environment, Path directory) {
		// This process's own, if it was started so.
		environment.remove(VARIABLE);
		try {
			Path file = Files.createTempFile(directory, "handoff-", ".last-words");
			environment.put(VARIABLE, file.toString());
			return new LastWords(file);
		}
		catch (IOException ex) {
			logger.debug("A successor that fails cannot tell why", ex);
			return NONE;
		}
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
		catch (IOException | RuntimeException ex) {
			logger.debug("Last words cannot be written to '{}'", file, ex);
		}
	}

	/**
	 * Returns the lines that were written, and removes the file.
	 * @return empty if there are none, or they cannot be read
	 */
	List<String> take() {
		if (this.file == null) {
			return List.of();
		}
		try {
			List<String> lines = OutputTail.of(this.file, 0);
			Files.deleteIfExists(this.file);
			return lines;
		}
		catch (IOException ex) {
			logger.debug("Last words cannot be read from '{}'", this.file, ex);
			return List.of();
		}
	}

}
