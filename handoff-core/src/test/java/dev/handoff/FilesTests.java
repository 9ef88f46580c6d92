package dev.handoff;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A process's files and pipes without another process.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FilesTests {

	@TempDir
	private Path directory;

	@AfterEach
	void close() {
		Handoff.current().ifPresent(Handoff::close);
	}

	@Test
	void aFileIsAppendedToUntilTheHandoffIsClosed() throws IOException {
		Path path = Files.writeString(this.directory.resolve("log"), "before\n");
		Handoff handoff = start();
		AppendFile file = handoff.appendFile("log", path);
		assertThat(file.isInherited()).isFalse();
		assertThat(file.name()).isEqualTo("log");
		assertThat(file.path()).isEqualTo(path);
		assertThat(write(file, "after\n")).isEqualTo(6);
		file.force();
		assertThat(path).hasContent("before\nafter");
		handoff.ready();
		handoff.close();
		assertThat(file.isOpen()).isFalse();
		assertThatExceptionOfType(ClosedChannelException.class).isThrownBy(() -> write(file, "late"));
		assertThatIllegalStateException().isThrownBy(() -> handoff.appendFile("log", path));
	}

	@Test
	void anInterruptedThreadWritesAndClosesNothing() throws IOException {
		AppendFile file = start().appendFile("log", this.directory.resolve("log"));
		Thread.currentThread().interrupt();
		write(file, "interrupted");
		assertThat(Thread.interrupted()).isTrue();
		assertThat(file.isOpen()).isTrue();
		assertThat(file.path()).hasContent("interrupted");
	}

	@Test
	void aRotatedFileIsNoticedAndAskedForAgain() throws IOException {
		Handoff handoff = start();
		Path path = this.directory.resolve("log");
		Path rotated = this.directory.resolve("log.1");
		AppendFile file = handoff.appendFile("log", path);
		assertThat(file.isAtPath()).isTrue();
		assertThatIllegalStateException().isThrownBy(() -> handoff.appendFile("log", path))
			.withMessageContaining("'log' exists already");
		Files.move(path, rotated);
		assertThat(file.isAtPath()).isFalse();
		write(file, "old");
		Files.createFile(path);
		assertThat(file.isAtPath()).isFalse();
		file.close();
		AppendFile next = handoff.appendFile("log", path);
		write(next, "new");
		assertThat(next.isAtPath()).isTrue();
		assertThat(rotated).hasContent("old");
		assertThat(path).hasContent("new");
	}

	@Test
	void aPipeIsReadUntilItIsGivenUp() throws Exception {
		Handoff handoff = start();
		NamedPipe pipe = handoff.namedPipe("lines", pipe("lines"));
		assertThat(pipe.isInherited()).isFalse();
		assertThat(pipe.isReading()).isTrue();
		assertThat(pipe.read(ByteBuffer.allocate(0))).isZero();
		for (String text : new String[] { "one", "after the first writer has closed it" }) {
			Files.writeString(pipe.path(), text);
			assertThat(read(pipe)).isEqualTo(text);
		}
		CompletableFuture<Integer> reader = CompletableFuture.supplyAsync(() -> {
			try {
				return pipe.read(ByteBuffer.allocate(10));
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		handoff.close();
		assertThat(reader.get()).isEqualTo(-1);
		assertThat(pipe.isOpen()).isFalse();
		assertThat(pipe.read(ByteBuffer.allocate(10))).isEqualTo(-1);
		assertThatIllegalStateException().isThrownBy(() -> handoff.namedPipe("lines", pipe.path()));
	}

	@Test
	void whatCannotBeOpenedIsExplained() throws Exception {
		Handoff handoff = start();
		Path pipe = pipe("lines");
		Path missing = this.directory.resolve("missing");
		assertFails("'%s' does not exist".formatted(missing), () -> handoff.namedPipe("lines", missing));
		assertFails("it is no pipe; mkfifo(1)", () -> handoff.namedPipe("lines", this.directory));
		assertFails("it is no regular file", () -> handoff.appendFile("log", pipe));
		assertFails("it is no regular file", () -> handoff.appendFile("log", this.directory));
		assertFails("does not exist", () -> handoff.appendFile("log", missing.resolve("log")));
		assertThat(missing).doesNotExist();
		assertThatIllegalArgumentException().isThrownBy(() -> handoff.appendFile("", this.directory.resolve("log")))
			.withMessageContaining("1 to 255 characters");
		assertThatIllegalArgumentException()
			.isThrownBy(() -> handoff.appendFile("log", this.directory.resolve("x/".repeat(250))))
			.withMessageContaining("more than 512 characters");
		assertThatIllegalArgumentException().isThrownBy(() -> new ProcessFile(0));
		assertThatIllegalArgumentException().isThrownBy(() -> new ProcessFile(1, -1));
	}

	private static void assertFails(String problem, Runnable open) {
		assertThatExceptionOfType(FileOpenException.class).isThrownBy(open::run).satisfies((ex) -> {
			assertThat(ex).hasMessageContaining(problem)
				.hasMessageContaining("File '%s' cannot be opened at %s".formatted(ex.getName(), ex.getPath()));
		});
	}

	@Test
	void aFileMayHaveTheNameOfAListener() {
		Handoff handoff = start();
		handoff.listener("orders", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
		assertThat(handoff.appendFile("orders", this.directory.resolve("orders")).isOpen()).isTrue();
	}

	@Test
	void noDescriptorIsLeftBehind() throws Exception {
		Path pipe = pipe("lines");
		Path log = this.directory.resolve("log");
		OpenDescriptors.assertNoneLeftBehind(() -> {
			try (Handoff handoff = start()) {
				NamedPipe lines = handoff.namedPipe("lines", pipe);
				handoff.appendFile("log", log);
				handoff.ready();
				assertThat(OpenDescriptors.countOf(pipe)).isOne();
				assertThat(OpenDescriptors.countOf(log)).isOne();
				assertThatExceptionOfType(FileOpenException.class).isThrownBy(() -> handoff.namedPipe("other", log));
				lines.close();
			}
			assertThat(OpenDescriptors.countOf(pipe)).isZero();
			assertThat(OpenDescriptors.countOf(log)).isZero();
		});
	}

	private Handoff start() {
		return Handoff.start(HandoffOptions.forApplication("test")
			.controlSocket(this.directory.resolve("run/control.sock"))
			.build());
	}

	private Path pipe(String name) throws Exception {
		Path path = this.directory.resolve(name);
		// Without pipes, which another thread would close some time.
		assertThat(new ProcessBuilder("mkfifo", path.toString()).inheritIO().start().waitFor()).isZero();
		return path;
	}

	private static int write(AppendFile file, String text) throws IOException {
		return file.write(StandardCharsets.UTF_8.encode(text));
	}

	private static String read(NamedPipe pipe) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1024);
		pipe.read(buffer);
		return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
	}

}
