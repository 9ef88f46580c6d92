package dev.handoff.internal.pidfd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link PidFile}.
 */
@Timeout(60)
class PidFileTests {

	private static final int STRANGER = 54321;

	@TempDir
	private Path directory;

	private Path path;

	private PidFile file;

	@BeforeEach
	void write() throws IOException {
		this.path = Files.writeString(this.directory.resolve("server.pid"), " 42\n");
		this.file = new PidFile(this.path, Set.of());
	}

	@Test
	void theNumberIsRead() throws IOException {
		assertThat(this.file.read()).isEqualTo(42);
	}

	@Test
	void aFileOfAStrangerIsNotBelieved() throws IOException {
		giveToStranger();
		assertThatIOException().isThrownBy(this.file::read)
			.withMessageContaining("belongs to uid 54321")
			.withMessageContaining("allowed peer uids");
		assertThat(new PidFile(this.path, Set.of((long) STRANGER)).read()).isEqualTo(42);
	}

	@Test
	void aProcessOfAStrangerIsNotBelieved() throws Exception {
		Requirement.ROOT.check(isRoot(), "only root can start a process of another user");
		Process process = new ProcessBuilder("setpriv", "--reuid=" + STRANGER, "--clear-groups", "sleep", "60").start();
		try {
			assertThatIOException().isThrownBy(() -> awaitStranger(process))
				.withMessageContaining("process %d runs as uid %d".formatted(process.pid(), STRANGER));
			new PidFile(this.path, Set.of((long) STRANGER)).checkProcess(process.pid());
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
	}

	@Test
	void theOwnProcessIsBelieved() throws IOException {
		this.file.checkProcess(ProcessHandle.current().pid());
	}

	@Test
	void whatIsNoSmallRegularFileIsNotRead() throws Exception {
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.path);
		Path pipe = this.directory.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor(20, TimeUnit.SECONDS)).isTrue();
		for (Path other : new Path[] { link, pipe, Path.of("/dev/zero"), this.directory }) {
			assertThatIOException().isThrownBy(() -> new PidFile(other, Set.of()).read())
				.withMessage("it is no regular file");
		}
		Files.writeString(this.path, "1".repeat(100));
		assertThatIOException().isThrownBy(this.file::read).withMessageContaining("more than 64 bytes");
	}

	@Test
	void whatIsNoNumberOrMissingIsTold() throws IOException {
		Files.writeString(this.path, "nonsense");
		assertThatExceptionOfType(NumberFormatException.class).isThrownBy(this.file::read)
			.withMessageContaining("nonsense");
		Files.delete(this.path);
		assertThatExceptionOfType(NoSuchFileException.class).isThrownBy(this.file::read);
	}

	// It changes its user when it has begun.
	private void awaitStranger(Process process) throws Exception {
		for (int i = 0; i < 1000 && process.isAlive(); i++) {
			this.file.checkProcess(process.pid());
			process.waitFor(10, TimeUnit.MILLISECONDS);
		}
	}

	private void giveToStranger() throws IOException {
		Requirement.ROOT.check(isRoot(), "only root can give a file to another user");
		Files.setAttribute(this.path, "unix:uid", STRANGER);
	}

	private boolean isRoot() throws IOException {
		return Integer.valueOf(0).equals(Files.getAttribute(this.path, "unix:uid"));
	}

}
