package dev.handoff;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers that take no part in handoffs are replaced.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AcquisitionIT {

	private static final int NON_BLOCKING = 04000;

	@TempDir
	private Path directory;

	@RegisterExtension
	final Processes processes = new Processes();

	@Test
	void aServerThatBlocksInAcceptIsReplacedUnderLoad() throws Exception {
		ServerProcess incumbent = blocking("0");
		int port = port(incumbent);
		String inode = IncumbentServer.inode(incumbent);
		try (Load load = Load.on(port, 4)) {
			ServerProcess failing = acquiring("failing", incumbent, "http=127.0.0.1:" + port);
			assertThat(failing.await("^listener http .*").group()).endsWith("ACQUIRED");
			assertThat(failing.sockets()).contains(inode);
			failing.signal("KILL");
			failing.awaitExit();
			ServerProcess server = acquiring("server", incumbent, "http=127.0.0.1:" + port);
			server.await("^started generation 0");
			assertThat(isNonBlocking(incumbent, inode)).as("nothing has changed for the incumbent").isFalse();
			assertThat(incumbent.isAlive()).isTrue();
			assertThat(load.answeredBy(0)).isZero();
			server.ready();
			server.await("asked it to finish by SIGTERM");
			server.awaitState(HandoffState.SERVING);
			assertThat(incumbent.awaitExit()).isZero();
			assertThat(incumbent.awaitOutput()).endsWith("finished").doesNotContain("Traceback");
			assertThat(LineClient.ask(port, "x")).contains("generation 0");
			assertThat(isNonBlocking(server, inode)).isTrue();
			ServerProcess successor = start("successor", List.of(), "http=127.0.0.1:0");
			assertThat(successor.await("^listener http .*").group()).endsWith("INHERITED");
			successor.ready();
			assertThat(server.awaitExit()).isZero();
			assertThat(successor.sockets()).contains(inode);
			assertThat(load.stop()).isEmpty();
			assertThat(load.answeredBy(0)).isPositive();
			assertThat(load.succeeded()).isGreaterThan(load.answeredBy(0));
		}
	}

	@Test
	void aServerThatDoesNotLetGoIsNotWaitedForForEver() throws Exception {
		ServerProcess incumbent = blocking("0");
		int port = port(incumbent);
		String inode = IncumbentServer.inode(incumbent);
		ServerProcess server = acquiring("server", List.of("-Dtest.step=5000"), incumbent, "http=127.0.0.1:" + port);
		server.ready();
		server.awaitState(HandoffState.SERVING);
		assertThat(isNonBlocking(incumbent, inode)).as("it is in accept(2)").isFalse();
		server.await("Still held by process %d \\(python3\\): both accept".formatted(incumbent.pid()));
		// One of them is taken by the incumbent's last accept(2).
		List<String> answers = new ArrayList<>();
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
			answers.add(LineClient.ask(port, "x"));
			return answers.stream().anyMatch((answer) -> answer.contains("incumbent"))
					&& answers.stream().anyMatch((answer) -> answer.contains("generation 0"));
		});
		assertThat(incumbent.awaitExit()).isZero();
	}

	@Test
	void connectionsThatAStoppedServerLeavesWaitingAreServed() throws Exception {
		ServerProcess incumbent = ServerProcess.start("incumbent", List.of(), List.of(), BlockingServer.class.getName(),
				List.of());
		int port = Integer.parseInt(incumbent.await("^listening (\\d+)").group(1));
		String inode = IncumbentServer.listening(port);
		assertThat(LineClient.ask(port, "x")).isEqualTo("from incumbent");
		incumbent.signal("STOP");
		Awaitility.await().until(() -> ServerProcess.isStopped(incumbent.pid()));
		List<LineClient> waiting = new ArrayList<>();
		for (int i = 0; i < 20; i++) {
			LineClient client = LineClient.connect(port);
			client.send("queued");
			waiting.add(client);
		}
		ServerProcess server = acquiring("server", incumbent, "http=127.0.0.1:" + port);
		server.ready();
		server.awaitState(HandoffState.SERVING);
		for (LineClient client : waiting) {
			assertThat(client.answer()).contains("from generation 0 pid " + server.pid());
			client.close();
		}
		assertThat(server.sockets()).contains(inode);
		assertThat(server.hasPrinted("Still held")).as("a stopped process is not waited for").isFalse();
		incumbent.signal("CONT");
		assertThat(incumbent.awaitExit()).isEqualTo(128 + 15);
		assertThat(LineClient.ask(port, "x")).contains("from generation 0");
	}

	@Test
	void aUnixDomainListenerIsAcquired() throws Exception {
		Path path = this.directory.resolve("web.sock");
		ServerProcess incumbent = blocking(path.toString());
		incumbent.await("^listening");
		ServerProcess server = acquiring("server", incumbent, "web=unix:" + path);
		assertThat(server.await("^listener web .*").group()).endsWith("ACQUIRED");
		assertThat(server.sockets()).contains(IncumbentServer.inode(incumbent));
	}

	@Test
	void aUdpSocketIsAcquired() throws Exception {
		ServerProcess incumbent = run(IncumbentServer.python("sockets.py", "udp:0"));
		int port = port(incumbent);
		try (DatagramSocket client = new DatagramSocket()) {
			client.setSoTimeout(20_000);
			client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			client.send(new DatagramPacket("early".getBytes(StandardCharsets.UTF_8), 5));
			ServerProcess server = acquiring("server", incumbent, "echo=udp:127.0.0.1:" + port);
			assertThat(server.await("^listener echo .*").group()).endsWith("ACQUIRED");
			server.ready();
			DatagramPacket answer = new DatagramPacket(new byte[100], 100);
			client.receive(answer);
			assertThat(new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8))
				.isEqualTo("early from generation 0");
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "QUIT", "NONE" })
	void theSignalIsTheOneThatWasAskedFor(String signal) throws Exception {
		ServerProcess incumbent = blocking("0");
		int port = port(incumbent);
		ServerProcess server = acquiring("server", List.of("-Dtest.acquire.signal=" + signal), incumbent,
				"http=127.0.0.1:" + port);
		server.ready();
		if (signal.equals("NONE")) {
			server.await("which somebody else has to end");
			assertThat(incumbent.isAlive()).isTrue();
		}
		else {
			server.await("asked it to finish by SIGQUIT");
			LineClient.ask(port, "x");
			assertThat(incumbent.awaitExit()).isZero();
		}
	}

	@Test
	void onlyTheNamedListenersAreAcquired() throws Exception {
		ServerProcess incumbent = run(IncumbentServer.python("sockets.py", "tcp:0", "tcp:0"));
		int port = port(incumbent);
		ServerProcess server = acquiring("server", List.of("-Dtest.acquire.listeners=http"), incumbent,
				"http=127.0.0.1:" + port, "other=127.0.0.1:0");
		assertThat(server.await("^listener http .*").group()).endsWith("ACQUIRED");
		assertThat(server.await("^listener other .*").group()).endsWith("BOUND");
		server.ready();
		server.await("also listens at 127.0.0.1:\\d+, for which nobody has asked");
		incumbent.awaitExit();
		assertThat(LineClient.ask(port, "x")).contains("generation 0");
	}

	@Test
	void aPredecessorWins() throws Exception {
		ServerProcess predecessor = start("predecessor", List.of(), "http=127.0.0.1:0");
		int port = predecessor.port("http");
		predecessor.ready();
		predecessor.awaitState(HandoffState.SERVING);
		ServerProcess incumbent = blocking("0");
		ServerProcess server = acquiring("server", incumbent, "http=127.0.0.1:" + port);
		assertThat(server.await("^listener http .*").group()).endsWith("INHERITED");
		server.ready();
		assertThat(predecessor.awaitExit()).isZero();
		assertThat(incumbent.isAlive()).isTrue();
	}

	@Test
	void aPidFileMayStayWhenTheProcessIsGone() throws Exception {
		Path file = this.directory.resolve("server.pid");
		List<String> acquire = List.of("-Dtest.acquire.pid-file=" + file);
		start("without file", acquire, "http=127.0.0.1:0").await("^listener http .* BOUND");
		this.processes.closeFirst();
		ServerProcess ended = run(List.of("true"));
		ended.awaitExit();
		Files.writeString(file, ended.pid() + "\n");
		start("without process", acquire, "http=127.0.0.1:0").await("^listener http .* BOUND");
		this.processes.closeAll();
		ServerProcess incumbent = blocking("0");
		Files.writeString(file, incumbent.pid() + "\n");
		start("with both", acquire, "http=127.0.0.1:" + port(incumbent)).await("^listener http .* ACQUIRED");
		this.processes.closeLast();
		Files.writeString(file, "nonsense");
		assertThat(start("with nonsense", acquire, "http=127.0.0.1:0").await("^failed .*").group())
			.contains("AcquisitionException", file.toString(), "nonsense");
	}

	private static boolean isNonBlocking(ServerProcess process, String socket) {
		return (IncumbentServer.flags(process, socket) & NON_BLOCKING) != 0;
	}

	private ServerProcess blocking(String address) {
		return run(IncumbentServer.python("blocking.py", address));
	}

	private static int port(ServerProcess incumbent) {
		return Integer.parseInt(incumbent.await("^listening \\('127.0.0.1', (\\d+)\\)").group(1));
	}

	private ServerProcess run(List<String> command) {
		return ServerProcess.run("incumbent", command);
	}

	private ServerProcess acquiring(String name, ServerProcess incumbent, String... listeners) {
		return acquiring(name, List.of(), incumbent, listeners);
	}

	private ServerProcess acquiring(String name, List<String> jvmArguments, ServerProcess incumbent,
			String... listeners) {
		List<String> all = new ArrayList<>(jvmArguments);
		all.add("-Dtest.acquire.pid=" + incumbent.pid());
		return start(name, all, listeners);
	}

	private ServerProcess start(String name, List<String> jvmArguments, String... listeners) {
		List<String> all = new ArrayList<>(List.of("-Dtest.socket=" + this.directory.resolve("control.sock")));
		all.addAll(jvmArguments);
		return ServerProcess.start(name, List.of(), all, TestServer.class.getName(), List.of(listeners));
	}

}
