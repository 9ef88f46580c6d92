package dev.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.ProcessTree;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Files and pipes of a process that knows no handoff: a shell.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ProcessFileIT {

	@TempDir
	private Path directory;

	private final List<Process> shells = new ArrayList<>();

	@AfterEach
	void close() {
		Handoff.current().ifPresent(Handoff::close);
		this.shells.forEach((shell) -> ProcessTree.end(shell.toHandle()));
	}

	@Test
	void aRemovedLogFileOfAnotherProcessIsGoneOnWith() throws Exception {
		Path log = this.directory.resolve("log");
		Process shell = shell("exec 9>>" + log);
		Files.delete(log);
		Path link = Files.createSymbolicLink(this.directory.resolve("link"), this.directory);
		AppendFile file = start().appendFile("log", link.resolve("log"), new ProcessFile(shell.pid()));
		assertThat(file.isAtPath()).isFalse();
		tell(shell, "echo one >&9");
		write(file, "two\n");
		tell(shell, "echo three >&9");
		try (FileChannel content = FileChannel.open(Path.of("/proc/%d/fd/9".formatted(shell.pid())))) {
			ByteBuffer bytes = ByteBuffer.allocate(100);
			content.read(bytes);
			assertThat(StandardCharsets.UTF_8.decode(bytes.flip()).toString()).isEqualTo("one\ntwo\nthree\n");
		}
		assertThat(log).doesNotExist();
	}

	@Test
	void aRenamedFileIsFoundByItsDescriptor() throws Exception {
		Path log = this.directory.resolve("log");
		Process shell = shell("exec 8>>%s 9>>%s".formatted(log, this.directory.resolve("other")));
		Path renamed = Files.move(log, this.directory.resolve("renamed"));
		Handoff handoff = start();
		assertFails("no file open that is or was there; name the descriptor",
				() -> handoff.appendFile("log", log, new ProcessFile(shell.pid())));
		write(handoff.appendFile("log", log, new ProcessFile(shell.pid(), 8)), "line\n");
		assertThat(renamed).hasContent("line");
	}

	@Test
	void whenSeveralRemovedFilesHadThePathThenTheDescriptorHasToBeNamed() throws Exception {
		Path log = this.directory.resolve("log");
		Process shell = shell("exec 8>>%1$s; rm %1$s; exec 9>>%1$s; rm %1$s".formatted(log));
		Handoff handoff = start();
		assertFails("/proc/%d/fd/9".formatted(shell.pid()),
				() -> handoff.appendFile("log", log, new ProcessFile(shell.pid())));
		assertThat(handoff.appendFile("log", log, new ProcessFile(shell.pid(), 9)).isOpen()).isTrue();
	}

	@Test
	void aRemovedPipeIsReadOnAndItsWriterMissesNoReader() throws Exception {
		Path pipe = this.directory.resolve("pipe");
		assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
		Process reader = shell("exec 8<>" + pipe);
		Process writer = shell("exec 9>" + pipe);
		Files.delete(pipe);
		NamedPipe lines = start().namedPipe("lines", pipe, new ProcessFile(reader.pid()));
		tell(writer, "echo one >&9");
		reader.destroyForcibly().waitFor();
		tell(writer, "echo two >&9");
		assertThat(read(lines, 8)).isEqualTo("one\ntwo\n");
	}

	@Test
	void aPipeWithoutANameIsReadOn() throws Exception {
		Process reader = shell("true");
		NamedPipe input = start().namedPipe("input", this.directory.resolve("input"), new ProcessFile(reader.pid(), 0));
		signal(reader, "STOP");
		Awaitility.await().until(() -> ServerProcess.isStopped(reader.pid()));
		reader.getOutputStream().write("line\n".getBytes(StandardCharsets.UTF_8));
		reader.getOutputStream().flush();
		assertThat(read(input, 5)).isEqualTo("line\n");
	}

	@Test
	void aSocketIsRefusedWithTheReason() throws Exception {
		Path path = this.directory.resolve("log");
		// The shell's own TCP client, of a port where this test listens.
		try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			Process shell = shell("exec 9<>/dev/tcp/127.0.0.1/" + server.getLocalPort());
			Handoff handoff = start();
			ProcessFile socket = new ProcessFile(shell.pid(), 9);
			assertFails("/proc/%d/fd/9' is a socket, which cannot be opened again (ENXIO)".formatted(shell.pid()),
					() -> handoff.appendFile("log", path, socket));
			assertFails("SCM_RIGHTS", () -> handoff.namedPipe("lines", path, socket));
			// The kernel's own word.
			assertThatExceptionOfType(IOException.class).isThrownBy(
					() -> FileChannel.open(Path.of("/proc/%d/fd/9".formatted(shell.pid())), StandardOpenOption.WRITE))
				.withMessageContaining("No such device or address");
		}
	}

	@Test
	void whatWouldBeOverwrittenOrIsNotThereIsRefused() throws Exception {
		Path log = this.directory.resolve("log");
		Process shell = shell("exec 8>%1$s 9<%1$s".formatted(log));
		Handoff handoff = start();
		assertFails("is not a regular file that is open for appending (O_APPEND)",
				() -> handoff.appendFile("log", log, new ProcessFile(shell.pid())));
		assertFails("is not a pipe", () -> handoff.namedPipe("lines", log, new ProcessFile(shell.pid(), 8)));
		assertFails("'/proc/%d/fd/77' does not exist".formatted(shell.pid()),
				() -> handoff.appendFile("log", log, new ProcessFile(shell.pid(), 77)));
		shell.destroyForcibly().waitFor();
		assertFails("there is no process " + shell.pid(),
				() -> handoff.appendFile("log", log, new ProcessFile(shell.pid())));
		assertThat(log).isEmptyFile();
	}

	private static void assertFails(String problem, Runnable open) {
		assertThatExceptionOfType(FileOpenException.class).isThrownBy(open::run).withMessageContaining(problem);
	}

	private Handoff start() {
		return Handoff.start(HandoffOptions.forApplication("test")
			.controlSocket(this.directory.resolve("run/control.sock"))
			.build());
	}

	/**
	 * Starts a shell that obeys {@link #tell}, with some descriptors.
	 */
	private Process shell(String redirections) throws IOException {
		Process shell = new ProcessBuilder("bash").redirectErrorStream(true).start();
		this.shells.add(shell);
		tell(shell, redirections);
		return shell;
	}

	private static void tell(Process shell, String command) throws IOException {
		shell.getOutputStream().write((command + "; echo done $?\n").getBytes(StandardCharsets.UTF_8));
		shell.getOutputStream().flush();
		BufferedReader answers = shell.inputReader();
		assertThat(answers.readLine()).isEqualTo("done 0");
	}

	private static void signal(Process process, String signal) throws Exception {
		Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start();
		assertThat(kill.waitFor()).isZero();
	}

	private static void write(AppendFile file, String text) throws IOException {
		file.write(StandardCharsets.UTF_8.encode(text));
	}

	private static String read(NamedPipe pipe, int length) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(length);
		while (buffer.hasRemaining()) {
			assertThat(pipe.read(buffer)).isPositive();
		}
		return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
	}

}
