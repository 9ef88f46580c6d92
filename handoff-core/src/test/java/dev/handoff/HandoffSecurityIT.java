package dev.handoff;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.ProcessTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Peers of another user. Starts processes as another user, which only root can.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HandoffSecurityIT {

	@RegisterExtension
	final Processes processes = new Processes();

	private final List<Process> holders = new ArrayList<>();

	private Path directory = Path.of("unset");

	@BeforeEach
	void prepare() throws IOException {
		OtherUser.require();
		this.directory = Files.createTempDirectory("handoff-security");
		OtherUser.permit(this.directory, "rwxr-xr-x");
		Path run = Files.createDirectory(this.directory.resolve("run"));
		OtherUser.permit(run, "rwxr-xr-x");
	}

	@AfterEach
	void cleanUp() throws IOException {
		this.processes.closeAll();
		this.holders.forEach((holder) -> ProcessTree.end(holder.toHandle()));
		OtherUser.delete(this.directory);
	}

	@Test
	void anotherUserCannotConnect() throws IOException {
		serving();
		ServerProcess stranger = start("stranger", OtherUser.COMMAND);
		assertThat(stranger.await("^failed .*").group()).contains("ControlSocketException");
	}

	@Test
	void anotherUserThatCanConnectIsForbidden() throws IOException {
		ServerProcess owner = serving();
		OtherUser.permit(socket(), "rw-rw-rw-");
		ServerProcess stranger = start("stranger", OtherUser.COMMAND, "-Dtest.uids=0");
		assertThat(stranger.await("^failed .*").group()).contains("HandoffRefusedException", "FORBIDDEN",
				OtherUser.UID);
		assertThat(owner.isAlive()).isTrue();
	}

	@Test
	void aSuccessorDoesNotBelieveAServerOfAnotherUser() throws IOException {
		serving();
		OtherUser.permit(socket(), "rw-rw-rw-");
		ServerProcess stranger = start("stranger", OtherUser.COMMAND);
		assertThat(stranger.await("^failed .*").group()).contains("PeerNotAllowedException", "uid 0");
	}

	@Test
	void anAllowedUserTakesOver() throws IOException {
		ServerProcess owner = serving("-Dtest.uids=" + OtherUser.UID);
		OtherUser.permit(socket(), "rw-rw-rw-");
		ServerProcess successor = start("successor", OtherUser.COMMAND, "-Dtest.uids=0");
		successor.await("^started generation 1");
		successor.ready();
		assertThat(owner.awaitExit()).isZero();
	}

	@Test
	void aDirectoryThatOthersCanWriteIsRefused() throws IOException {
		OtherUser.permit(this.directory.resolve("run"), "rwxrwxrwx");
		ServerProcess process = start("process", List.of());
		assertThat(process.await("^failed .*").group()).contains("ControlSocketException", "run");
	}

	@Test
	void aFullFileSystemIsToldAtOnce() {
		String mount = "mount -t tmpfs -o nr_inodes=1,mode=0755 tmpfs '%s' && exec \"$@\""
			.formatted(this.directory.resolve("run"));
		ServerProcess process = start("process", List.of("unshare", "--mount", "sh", "-c", mount, "sh"));
		assertThat(process.await("^failed .*").group()).contains("ControlSocketException", "No space left on device");
	}

	@Test
	void anOperatorOfAnotherUserIsForbidden() throws Exception {
		ServerProcess owner = serving();
		assertThat(status(OtherUser.COMMAND)).startsWith("7 ").contains("cannot be used");
		OtherUser.permit(socket(), "rw-rw-rw-");
		assertThat(status(OtherUser.COMMAND)).startsWith("4 ").contains("FORBIDDEN");
		assertThat(status(List.of())).startsWith("0 ").contains("state: SERVING");
		assertThat(owner.isAlive()).isTrue();
	}

	@Test
	void anOperatorDoesNotBelieveAServerOfAnotherUser() throws Exception {
		Files.setAttribute(this.directory.resolve("run"), "unix:uid", Integer.valueOf(OtherUser.UID));
		ServerProcess owner = start("owner", OtherUser.COMMAND);
		owner.await("^started generation 0");
		owner.ready();
		owner.awaitState(HandoffState.SERVING);
		OtherUser.permit(socket(), "rw-rw-rw-");
		assertThat(status(OtherUser.COMMAND)).startsWith("0 ");
		List<String> asThird = OtherUser.COMMAND.stream()
			.map((part) -> part.equals(OtherUser.UID) ? "65532" : part)
			.toList();
		assertThat(status(asThird)).startsWith("7 ").contains("belongs to user");
	}

	@Test
	void aFileOfAnotherUsersProcessIsNotOpenedAgain() throws Exception {
		Path log = Files.createFile(this.directory.resolve("log"));
		OtherUser.permit(log, "rw-rw-rw-");
		Process holder = holder(log, List.of());
		assertThat(openFileOf(holder, log)).contains("FileOpenException", "CAP_SYS_PTRACE",
				"/proc/%d/fd".formatted(holder.pid()));
	}

	@Test
	void aFileOfAnOwnProcessIsOpenedAgainWithThePermissionsOfTheFileOnly() throws Exception {
		Path log = Files.createFile(this.directory.resolve("log"));
		OtherUser.permit(log, "rw-------");
		Process holder = holder(log, OtherUser.COMMAND);
		assertThat(openFileOf(holder, log)).contains("FileOpenException",
				"has no permission for '/proc/%d/fd/9'".formatted(holder.pid()));
		OtherUser.permit(log, "rw-rw-rw-");
		assertThat(openFileOf(holder, log)).isEqualTo("file log opened");
	}

	/**
	 * Starts a process that has the file open since it was root.
	 */
	private Process holder(Path file, List<String> prefix) throws IOException {
		Process holder = new ProcessBuilder("bash", "-c",
				"exec 9>>%s; exec %s bash -c 'echo ready; exec sleep 60'".formatted(file, String.join(" ", prefix)))
			.start();
		this.holders.add(holder);
		assertThat(holder.inputReader().readLine()).isEqualTo("ready");
		return holder;
	}

	private String openFileOf(Process holder, Path file) throws IOException {
		Files.setAttribute(this.directory.resolve("run"), "unix:uid", Integer.valueOf(OtherUser.UID));
		ServerProcess process = start("opener", OtherUser.COMMAND, FileServer.class,
				"log=append:@%d%s".formatted(holder.pid(), file));
		String line = process.await("^(failed|file) .*").group();
		// It would hand over to the next one, or refuse it.
		process.close();
		return line;
	}

	private String status(List<String> prefix) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(prefix);
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				OtherUser.readableClassPath(this.directory), "dev.handoff.internal.cli.Main", "status",
				"--control-socket", socket().toString()));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		try {
			String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
			return process.waitFor() + " " + output;
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
	}

	private ServerProcess serving(String... jvmArgs) {
		ServerProcess process = start("owner", List.of(), jvmArgs);
		process.await("^started generation 0");
		process.ready();
		process.awaitState(HandoffState.SERVING);
		return process;
	}

	private ServerProcess start(String name, List<String> prefix, String... jvmArgs) {
		return start(name, prefix, TestServer.class, "http=127.0.0.1:0", jvmArgs);
	}

	private ServerProcess start(String name, List<String> prefix, Class<?> server, String argument, String... jvmArgs) {
		List<String> arguments = new ArrayList<>(
				List.of("-Dtest.socket=" + socket(), "-Dtest.connect=6000", "-Dtest.step=3000"));
		arguments.addAll(ServerProcess.JVM_ARGS);
		arguments.addAll(List.of(jvmArgs));
		return ServerProcess.start(name, prefix, arguments, OtherUser.readableClassPath(this.directory),
				server.getName(), List.of(argument), Map.of("HOME", this.directory.toString()));
	}

	private Path socket() {
		return this.directory.resolve("run").resolve("control.sock");
	}

}
