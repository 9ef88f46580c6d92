package dev.handoff.boot.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class ProgramVersionTests {

	@TempDir
	private Path directory;

	@Test
	void theJarAndItsTimeAreTold() throws IOException {
		File jar = Files.createFile(this.directory.resolve("orders.jar")).toFile();
		Files.setLastModifiedTime(jar.toPath(), FileTime.from(Instant.parse("2026-11-28T13:05:00.123Z")));
		assertThat(ProgramVersion.of("1.0.1", jar)).isEqualTo("1.0.1 (orders.jar of 2026-11-28T13:05:00Z)");
		assertThat(ProgramVersion.of("", jar)).isEqualTo("orders.jar of 2026-11-28T13:05:00Z");
		assertThat(ProgramVersion.of("v".repeat(300), jar)).hasSize(255);
	}

	@Test
	void aDirectoryOfClassesHasNoTime() {
		assertThat(ProgramVersion.of("1.0.1", this.directory.toFile())).isEqualTo("1.0.1");
		assertThat(ProgramVersion.of("", ProgramVersionTests.class)).isEmpty();
	}

}
