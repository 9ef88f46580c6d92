package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What keeps a process from acquiring another's listeners, for real. The other process
 * serves on.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AcquisitionRefusedIT {

	private static final List<String> WITHOUT_PTRACE = List.of("setpriv", "--bounding-set=-sys_ptrace",
			"--inh-caps=-sys_ptrace");

	private static final int EPERM = 1;

	private Path directory = Path.of("unset");

	@RegisterExtension
	final Processes processes = new Processes();

	@BeforeEach
	void prepare() throws IOException {
		OtherUser.require();
		this.directory = Files.createTempDirectory("handoff-acquisition");
		OtherUser.permit(this.directory, "rwxr-xr-x");
	}

	@AfterEach
	void cleanUp() throws IOException {
		this.processes.closeAll();
		OtherUser.delete(this.directory);
	}

	@Test
	void aProcessOfAnotherUserNeedsTheCapability() throws Exception {
		ServerProcess incumbent = blocking(OtherUser.COMMAND);
		int port = port(incumbent);
		assertThat(refusal(incumbent, WITHOUT_PTRACE, port)).contains("runs as user " + OtherUser.UID,
				"this process as user 0 without CAP_SYS_PTRACE");
		assertServes(incumbent, port);
		start(List.of(), incumbent.pid(), port).await("^listener http .* ACQUIRED");
	}

	@Test
	void anotherUserIsRefused() throws Exception {
		ServerProcess incumbent = blocking(List.of());
		int port = port(incumbent);
		assertThat(refusal(incumbent, OtherUser.COMMAND, port)).contains("runs as user 0",
				"this process as user %s without CAP_SYS_PTRACE".formatted(OtherUser.UID));
		assertServes(incumbent, port);
	}

	@Test
	void aProcessWithMoreCapabilitiesIsRefused() throws Exception {
		ServerProcess incumbent = blocking(List.of());
		int port = port(incumbent);
		assertThat(refusal(incumbent, WITHOUT_PTRACE, port)).contains("capabilities that this process has not");
		assertServes(incumbent, port);
	}

	@ParameterizedTest
	@CsvSource({ "438, 1", "438, 38", "434, 38" })
	void aSeccompFilterIsNamed(int call, int error) throws Exception {
		ServerProcess incumbent = blocking(List.of());
		int port = port(incumbent);
		List<String> filter = IncumbentServer.python("filtered.py", Integer.toString(call), Integer.toString(error));
		assertThat(refusal(incumbent, filter, port)).contains("seccomp", (error == EPERM) ? "[1]" : "[38]");
		assertServes(incumbent, port);
	}

	@Test
	void anotherNetworkNamespaceIsRefused() throws Exception {
		ServerProcess incumbent = run(List.of("unshare", "--net"), "sockets.py", "tcp:0");
		assertThat(refusal(incumbent, List.of(), port(incumbent))).contains("network namespace net:[",
				"this process runs in net:[");
	}

	@Test
	void theFirstProcessOfTheNamespaceIsRefused() throws Exception {
		// The first process is the shell.
		ServerProcess server = start(
				List.of("unshare", "--pid", "--kill-child", "--fork", "--mount-proc", "sh", "-c", "\"$@\"; exit", "sh"),
				1, 8080);
		assertThat(server.await("^failed .*").group()).contains("first process of this pid namespace");
	}

	@Test
	void noSuchProcessIsNamed() throws Exception {
		ServerProcess ended = ServerProcess.run("ended", List.of("true"));
		ended.awaitExit();
		assertThat(refusal(ended, List.of(), 8080)).contains("process " + ended.pid(), "there is no such process");
	}

	@Test
	void aListenerOfAnotherProcessIsNamedWithIt() throws Exception {
		ServerProcess incumbent = blocking(List.of());
		int port = port(incumbent);
		ServerProcess other = run(List.of(), "sockets.py", "tcp:0");
		int otherPort = port(other);
		assertThat(refusal(incumbent, List.of(), otherPort))
			.contains("127.0.0.1:%d is a socket of process %d (python3)".formatted(otherPort, other.pid()))
			.contains("it listens at 127.0.0.1:" + port);
		other.close();
		assertThat(refusal(incumbent, List.of(), otherPort)).contains("it does not listen at /127.0.0.1:" + otherPort)
			.contains("it listens at 127.0.0.1:" + port);
		assertServes(incumbent, port);
	}

	@Test
	void severalSocketsForOneAddressAreRefused() throws Exception {
		ServerProcess incumbent = run(List.of(), "sockets.py", "reuse:0", "reuse:0");
		int port = port(incumbent);
		assertThat(refusal(incumbent, List.of(), port)).contains("it has 2 sockets for /127.0.0.1:" + port, "inode");
	}

	private static void assertServes(ServerProcess incumbent, int port) throws IOException {
		assertThat(incumbent.isAlive()).isTrue();
		assertThat(LineClient.ask(port, "x")).isEqualTo("x from incumbent");
	}

	private String refusal(ServerProcess incumbent, List<String> prefix, int port) {
		ServerProcess server = start(prefix, incumbent.pid(), port);
		String failure = server.await("^failed .*").group();
		assertThat(failure).contains("AcquisitionException", "process " + incumbent.pid());
		server.awaitExit();
		return failure;
	}

	private static int port(ServerProcess incumbent) {
		return Integer.parseInt(incumbent.await("^listening \\('127.0.0.1', (\\d+)\\)").group(1));
	}

	private ServerProcess blocking(List<String> prefix) {
		return run(prefix, "blocking.py", "0");
	}

	private ServerProcess run(List<String> prefix, String program, String... arguments) {
		List<String> command = new ArrayList<>(prefix);
		command.addAll(IncumbentServer.python(program, arguments));
		return ServerProcess.run("incumbent", command);
	}

	private ServerProcess start(List<String> prefix, long pid, int port) {
		return start(prefix, OtherUser.readableClassPath(this.directory), pid, port);
	}

	private ServerProcess start(List<String> prefix, String classPath, long pid, int port) {
		List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		Path run = this.directory.resolve(prefix.equals(OtherUser.COMMAND) ? "other" : "run");
		try {
			Files.createDirectories(run);
			OtherUser.permit(run, "rwxr-xr-x");
			if (prefix.equals(OtherUser.COMMAND)) {
				Files.setAttribute(run, "unix:uid", Integer.valueOf(OtherUser.UID));
			}
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		jvmArguments.add("-Dtest.socket=" + run.resolve("control.sock"));
		jvmArguments.add("-Dtest.acquire.pid=" + pid);
		return ServerProcess.start("server", prefix, jvmArguments, classPath, TestServer.class.getName(),
				List.of("http=127.0.0.1:" + port), Map.of("HOME", this.directory.toString()));
	}

}
