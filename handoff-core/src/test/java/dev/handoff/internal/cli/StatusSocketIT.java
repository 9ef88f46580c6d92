package dev.handoff.internal.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.HandoffState;
import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.TestServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each process's own status socket.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class StatusSocketIT {

	@TempDir
	private Path directory;

	@Test
	void eachProcessAnswersForItselfInEveryState() throws Exception {
		ServerProcess predecessor = start("predecessor", "-Dtest.window=60000");
		predecessor.await("^started");
		assertThat(status("predecessor", "--started").exitCode()).isEqualTo(6);
		predecessor.ready();
		predecessor.awaitState(HandoffState.SERVING);
		assertThat(status("predecessor", "--started", "--state", "SERVING").exitCode()).isZero();
		ServerProcess successor = start("successor");
		successor.await("^started");
		predecessor.awaitState(HandoffState.OFFERING);
		assertThat(status("predecessor", "--state", "OFFERING").exitCode()).isZero();
		assertThat(status("successor", "--state", "STARTING").exitCode()).isZero();
		successor.ready();
		successor.awaitState(HandoffState.SERVING);
		predecessor.awaitState(HandoffState.OBSERVING);
		assertThat(status("successor", "--state", "SERVING", "--generation", "1").exitCode()).isZero();
		assertThat(status("predecessor", "--started", "--state", "OBSERVING", "--generation", "0").exitCode()).isZero();
	}

	@Test
	void commandsBelongOnTheControlSocket() throws Exception {
		start("server").await("^started");
		Run run = run("abort", "server");
		assertThat(run.exitCode()).isEqualTo(4);
		assertThat(run.out()).contains("NOT_CONFIGURED", this.directory.resolve("control.sock").toString());
	}

	@Test
	void whoConnectsAndSaysNothingDoesNotKeepOthersFromAsking() throws Exception {
		start("server").await("^started");
		try (SocketChannel silent = SocketChannel.open(UnixDomainSocketAddress.of(socket("server")))) {
			assertThat(status("server").exitCode()).isZero();
			assertThat(silent.isOpen()).isTrue();
		}
	}

	@Test
	void aStatusSocketOfAnotherProcessIsAnErrorThatNamesIt() throws Exception {
		ServerProcess server = start("server");
		server.await("^started");
		server.ready();
		ServerProcess second = start("server");
		assertThat(second.await("^failed ControlSocketException: (.*)").group(1)).contains(socket("server").toString(),
				"another process answers there");
		assertThat(second.awaitExit()).isEqualTo(3);
		server.awaitState(HandoffState.SERVING);
		assertThat(status("server", "--state", "SERVING").exitCode()).isZero();
	}

	private Run status(String name, String... options) {
		return run("status", name, options);
	}

	private Run run(String command, String name, String... options) {
		List<String> arguments = new ArrayList<>(List.of(command, "--control-socket", socket(name).toString()));
		arguments.addAll(List.of(options));
		ByteArrayOutputStream out = new ByteArrayOutputStream();
		PrintStream print = new PrintStream(out, true, StandardCharsets.UTF_8);
		return new Run(Main.run(arguments, print, print), out.toString(StandardCharsets.UTF_8));
	}

	private ServerProcess start(String name, String... jvmArgs) {
		List<String> arguments = new ArrayList<>(
				List.of("-Dtest.socket=" + this.directory.resolve("control.sock"), "-Dtest.status=" + socket(name)));
		arguments.addAll(List.of(jvmArgs));
		return ServerProcess.start(name, List.of(), arguments, TestServer.class.getName(), List.of("http=127.0.0.1:0"));
	}

	private Path socket(String name) {
		return this.directory.resolve(name).resolve("status.sock");
	}

	private record Run(int exitCode, String out) {
	}

}
