package dev.handoff;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Peers of another user. Starts processes as another user, which only root can.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class HandoffSecurityIT {

	private static final String OTHER_UID = "65533";

	private static final List<String> AS_OTHER = List.of("setpriv", "--reuid", OTHER_UID, "--regid", OTHER_UID,
			"--clear-groups", "--inh-caps=-all");

	private final List<ServerProcess> processes = new ArrayList<>();

	private final List<Process> holders = new ArrayList<>();

	private Path directory = Path.of("unset");

	@BeforeEach
	void prepare() throws IOException {
		assumeTrue("root".equals(System.getProperty("user.name")), "only root can start processes as another user");
		this.directory = Files.createTempDirectory("handoff-security");
		permit(this.directory, "rwxr-xr-x");
		Path run = Files.createDirectory(this.directory.resolve("run"));
		permit(run, "rwxr-xr-x");
	}

	@AfterEach
	void cleanUp() throws IOException {
		this.processes.forEach(ServerProcess::close);
		this.holders.forEach(Process::destroyForcibly);
		if (!this.directory.isAbsolute()) {
			return;
		}
		Files.walkFileTree(this.directory, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.delete(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path visited, IOException ex) throws IOException {
				Files.delete(visited);
				return FileVisitResult.CONTINUE;
			}

		});
	}

	@Test
	void anotherUserCannotConnect() throws IOException {
		serving();
		ServerProcess stranger = start("stranger", AS_OTHER);
		assertThat(stranger.await("^failed .*").group()).contains("ControlSocketException");
	}

	@Test
	void anotherUserThatCanConnectIsForbidden() throws IOException {
		ServerProcess owner = serving();
		permit(socket(), "rw-rw-rw-");
		ServerProcess stranger = start("stranger", AS_OTHER, "-Dtest.uids=0");
		assertThat(stranger.await("^failed .*").group()).contains("HandoffRefusedException", "FORBIDDEN", OTHER_UID);
		assertThat(owner.isAlive()).isTrue();
	}

	@Test
	void aSuccessorDoesNotBelieveAServerOfAnotherUser() throws IOException {
		serving();
		permit(socket(), "rw-rw-rw-");
		ServerProcess stranger = start("stranger", AS_OTHER);
		assertThat(stranger.await("^failed .*").group()).contains("PeerNotAllowedException", "uid 0");
	}

	@Test
	void anAllowedUserTakesOver() throws IOException {
		ServerProcess owner = serving("-Dtest.uids=" + OTHER_UID);
		permit(socket(), "rw-rw-rw-");
		ServerProcess successor = start("successor", AS_OTHER, "-Dtest.uids=0");
		successor.await("^started generation 1");
		successor.ready();
		assertThat(owner.awaitExit()).isZero();
	}

	@Test
	void aDirectoryThatOthersCanWriteIsRefused() throws IOException {
		permit(this.directory.resolve("run"), "rwxrwxrwx");
		ServerProcess process = start("process", List.of());
		assertThat(process.await("^failed .*").group()).contains("ControlSocketException", "run");
	}

	@Test
	void anOperatorOfAnotherUserIsForbidden() throws Exception {
		ServerProcess owner = serving();
		assertThat(status(AS_OTHER)).startsWith("7 ").contains("cannot be used");
		permit(socket(), "rw-rw-rw-");
		assertThat(status(AS_OTHER)).startsWith("4 ").contains("FORBIDDEN");
		assertThat(status(List.of())).startsWith("0 ").contains("state: SERVING");
		assertThat(owner.isAlive()).isTrue();
	}

	@Test
	void anOperatorDoesNotBelieveAServerOfAnotherUser() throws Exception {
		Files.setAttribute(this.directory.resolve("run"), "unix:uid", Integer.valueOf(OTHER_UID));
		ServerProcess owner = start("owner", AS_OTHER);
		owner.await("^started generation 0");
		owner.ready();
		owner.awaitState(HandoffState.SERVING);
		permit(socket(), "rw-rw-rw-");
		assertThat(status(AS_OTHER)).startsWith("0 ");
		List<String> asThird = AS_OTHER.stream().map((part) -> part.equals(OTHER_UID) ? "65532" : part).toList();
		assertThat(status(asThird)).startsWith("7 ").contains("belongs to user");
	}

	@Test
	void aFileOfAnotherUsersProcessIsNotOpenedAgain() throws Exception {
		Path log = Files.createFile(this.directory.resolve("log"));
		permit(log, "rw-rw-rw-");
		Process holder = holder(log, List.of());
		assertThat(openFileOf(holder, log)).contains("FileOpenException", "CAP_SYS_PTRACE",
				"/proc/%d/fd".formatted(holder.pid()));
	}

	@Test
	void aFileOfAnOwnProcessIsOpenedAgainWithThePermissionsOfTheFileOnly() throws Exception {
		Path log = Files.createFile(this.directory.resolve("log"));
		permit(log, "rw-------");
		Process holder = holder(log, AS_OTHER);
		assertThat(openFileOf(holder, log)).contains("FileOpenException",
				"has no permission for '/proc/%d/fd/9'".formatted(holder.pid()));
		permit(log, "rw-rw-rw-");
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
		Files.setAttribute(this.directory.resolve("run"), "unix:uid", Integer.valueOf(OTHER_UID));
		ServerProcess process = start("opener", AS_OTHER, FileServer.class,
				"log=append:@%d%s".formatted(holder.pid(), file));
		return process.await("^(failed|file) .*").group();
	}

	private String status(List<String> prefix) throws IOException, InterruptedException {
		List<String> command = new ArrayList<>(prefix);
		command.addAll(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", readableClassPath(),
						"dev.handoff.internal.cli.Main", "status", "--control-socket", socket().toString()));
		Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
		String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
		return process.waitFor() + " " + output;
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
				List.of("-Dtest.socket=" + socket(), "-Dtest.connect=3000", "-Dtest.step=1000"));
		arguments.addAll(ServerProcess.JVM_ARGS);
		arguments.addAll(List.of(jvmArgs));
		ServerProcess process = ServerProcess.start(name, prefix, arguments, readableClassPath(), server.getName(),
				List.of(argument), Map.of("HOME", this.directory.toString()));
		this.processes.add(process);
		return process;
	}

	private Path socket() {
		return this.directory.resolve("run").resolve("control.sock");
	}

	// The other user may not be able to read the repository.
	private String readableClassPath() {
		Path target = this.directory.resolve("classes");
		List<String> entries = new ArrayList<>();
		try {
			Files.createDirectories(target);
			for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
				Path source = Path.of(entry);
				Path copy = target.resolve(entries.size() + "-" + source.getFileName());
				if (Files.exists(source)) {
					copy(source, copy);
					entries.add(copy.toString());
				}
			}
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		return String.join(File.pathSeparator, entries);
	}

	private static void copy(Path source, Path target) throws IOException {
		if (Files.exists(target) && !Files.isDirectory(target)) {
			return;
		}
		if (!Files.isDirectory(source)) {
			Files.copy(source, target);
			permit(target, "rw-r--r--");
			return;
		}
		Files.createDirectories(target);
		permit(target, "rwxr-xr-x");
		try (var children = Files.list(source)) {
			for (Path child : children.toList()) {
				copy(child, target.resolve(child.getFileName().toString()));
			}
		}
	}

	private static void permit(Path path, String permissions) throws IOException {
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
	}

}
