package dev.handoff;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.ProcessTree;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Successors that have their control channel from the process that started them. Their
 * output goes where that of their predecessor goes.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class InheritedChannelIT {

	@TempDir
	private Path directory;

	@RegisterExtension
	final Processes processes = new Processes();

	private final List<ProcessHandle> launched = new ArrayList<>();

	@AfterEach
	void endProcesses() {
		this.launched.forEach(ProcessTree::end);
		this.processes.closeAll();
	}

	@Test
	void launchedSuccessorNeedsNoPath() throws Exception {
		ServerProcess server = start("server", Map.of());
		int port = server.port("http");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		// Whoever dials the path finds nobody.
		Files.move(socket(), this.directory.resolve("elsewhere"));
		int sockets = hangAndDie(server);
		assertThat(hangAndDie(server)).as("nothing of a channel is left").isEqualTo(sockets);
		server.command("launch ready");
		ProcessHandle successor = launched(server.await("^launched (\\d+)"));
		server.await("^state SERVING generation 1");
		assertThat(LineClient.ask(port, "x")).contains("generation 1 pid " + successor.pid());
		assertThat(server.awaitExit()).isZero();
	}

	@Test
	void launchedSuccessorIsNotToldOfSocketsThatItsPredecessorWasPassed() throws Exception {
		ServerProcess server = start("server", Map.of("LISTEN_PID", "1", "LISTEN_FDS", "1"));
		server.await("Ignoring LISTEN_FDS: it is meant for pid 1");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		server.command("launch ready");
		launched(server.await("^launched (\\d+)"));
		server.await("^started generation 1");
		assertThat(server.output()).containsOnlyOnce("Ignoring LISTEN_FDS");
		assertThat(server.awaitExit()).isZero();
	}

	@Test
	void inputThatIsNoChannelIsLeftAlone() throws Exception {
		ServerProcess server = start("server", Map.of());
		server.ready();
		server.awaitState(HandoffState.SERVING);
		ServerProcess successor = start("successor", Map.of("HANDOFF_CHANNEL", "stdin"));
		successor.await("The standard input is not the control channel");
		successor.await("^started generation 1");
		successor.ready();
		assertThat(server.awaitExit()).isZero();
	}

	private int hangAndDie(ServerProcess server) {
		server.command("launch hold");
		// The last is the child's, which prints there too.
		List<Matcher> lines = server.awaitAll("^launched (\\d+)", "^state OFFERING", "^input ended");
		ProcessHandle hanging = launched(lines.get(0));
		hanging.destroyForcibly();
		server.awaitState(HandoffState.SERVING);
		return server.sockets().size();
	}

	private ProcessHandle launched(Matcher line) {
		ProcessHandle process = ProcessHandle.of(Long.parseLong(line.group(1))).orElseThrow();
		this.launched.add(process);
		return process;
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

	private ServerProcess start(String name, Map<String, String> environment) {
		List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		jvmArguments.add("-Dtest.socket=" + socket());
		return ServerProcess.start(name, List.of(), jvmArguments, System.getProperty("java.class.path"),
				TestServer.class.getName(), List.of("http=127.0.0.1:0"), environment);
	}

}
