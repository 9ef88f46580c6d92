package dev.handoff.boot.launch;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LastWords}.
 */
class LastWordsTests {

	private final Map<String, String> environment = new HashMap<>();

	@TempDir
	private Path directory;

	@Test
	void whatWasSaidIsTakenOnceAndTheFileIsGone() {
		LastWords words = LastWords.expect(this.environment, this.directory);
		LastWords.say(this.environment, "first");
		LastWords.say(this.environment, "second\nthird");
		assertThat(words.take()).containsExactly("first", "second", "third");
		assertThat(this.directory).isEmptyDirectory();
	}

	@Test
	void aProcessStartsWithoutAFileWhereNoneCanBeMade() {
		this.environment.put(LastWords.VARIABLE, "of this process");
		LastWords words = LastWords.expect(this.environment, this.directory.resolve("missing"));
		assertThat(this.environment).isEmpty();
		assertThat(words.take()).isEmpty();
	}

	@Test
	void aFileThatSomebodyHasRemovedIsNotMissed() throws Exception {
		LastWords words = LastWords.expect(this.environment, this.directory);
		Files.delete(file());
		LastWords.say(this.environment, "too late");
		assertThat(this.directory).isEmptyDirectory();
		assertThat(words.take()).isEmpty();
	}

	@Test
	void aLinkIsNotFollowed() throws Exception {
		LastWords.expect(this.environment, this.directory);
		Path other = Files.writeString(this.directory.resolve("other"), "");
		Files.delete(file());
		Files.createSymbolicLink(file(), other);
		LastWords.say(this.environment, "for the other");
		assertThat(other).isEmptyFile();
	}

	@Test
	void aProcessThatNobodyListensToSaysNothing() {
		LastWords.say(this.environment, "to nobody");
		this.environment.put(LastWords.VARIABLE, "\0");
		LastWords.say(this.environment, "to nobody");
		assertThat(this.directory).isEmptyDirectory();
	}

	private Path file() {
		return Path.of(this.environment.getOrDefault(LastWords.VARIABLE, ""));
	}

}
