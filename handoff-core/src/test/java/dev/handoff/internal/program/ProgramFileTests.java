package dev.handoff.internal.program;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ProgramFile}.
 */
class ProgramFileTests {

	@TempDir
	private Path directory;

	private Path jar;

	private ProgramFile file;

	@BeforeEach
	void write() throws IOException {
		this.jar = Files.writeString(this.directory.resolve("app.jar"), "old");
		Files.setLastModifiedTime(this.jar, FileTime.fromMillis(1000));
		this.file = ProgramFile.of(this.jar.toString()).get(0);
	}

	@Test
	void aFileThatStaysIsNotOverwritten() {
		assertThat(this.file.isOverwritten()).isFalse();
	}

	@Test
	void aFileOfTheSameSizeIsOverwritten() throws IOException {
		Files.writeString(this.jar, "new");
		assertThat(this.file.isOverwritten()).isTrue();
	}

	@Test
	void aLongerFileIsOverwrittenEvenIfItKeepsItsTime() throws IOException {
		Files.writeString(this.jar, "er", StandardOpenOption.APPEND);
		Files.setLastModifiedTime(this.jar, FileTime.fromMillis(1000));
		assertThat(this.file.isOverwritten()).isTrue();
	}

	@Test
	void anotherFileThatIsMovedIntoPlaceDoesNoHarm() throws IOException {
		Path other = Files.writeString(this.directory.resolve("app.jar.new"), "newer");
		Files.move(other, this.jar, StandardCopyOption.REPLACE_EXISTING);
		assertThat(this.file.isOverwritten()).isFalse();
	}

	@Test
	void aFileThatIsDeletedDoesNoHarm() throws IOException {
		Files.delete(this.jar);
		assertThat(this.file.isOverwritten()).isFalse();
	}

	@Test
	void directoriesAndWhatIsMissingAreNoFiles() {
		String classPath = String.join(File.pathSeparator, this.directory.toString(), "", "missing.jar", "\0",
				this.jar.toString());
		assertThat(ProgramFile.of(classPath)).containsExactly(this.file);
	}

}
