package dev.handoff;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.handoff.internal.socket.GatedListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.newsclub.net.unix.AFSocketAddress;
import org.newsclub.net.unix.AFUNIXDatagramChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Processes under a service manager that passes sockets and listens to notices, in the
 * way of systemd.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class ServiceManagerIT {

	// Descriptors 0 and 2 become 3 and 4, which a ProcessBuilder cannot pass.
	private static final String ACTIVATE = "exec 3<&0 4>&2 </dev/null 2>&1; export LISTEN_PID=%s LISTEN_FDS=2 LISTEN_FDNAMES=%s; exec \"$@\"";

	@TempDir
	private Path directory;

	private final List<GatedListener> listeners = new ArrayList<>();

	@AfterEach
	void closeListeners() {
		this.listeners.forEach(GatedListener::close);
	}

	@ParameterizedTest
	@ValueSource(booleans = { false, true })
	void aUnitLivesThroughAChainOfHandoffs(boolean isAbstract) throws Exception {
		String name = (isAbstract ? "@" : "") + this.directory.resolve("notify");
		try (Notices notices = new Notices(name)) {
			Consumer<ProcessBuilder> environment = (builder) -> builder.environment().put("NOTIFY_SOCKET", name);
			ServerProcess current = start("server 0", List.of(), environment, "http=127.0.0.1:0");
			current.ready();
			assertThat(notices.next()).isEqualTo("READY=1\nSTATUS=Serving, generation 0");
			ServerProcess failed = start("failed", List.of(), environment, "http=127.0.0.1:0");
			assertThat(notices.next())
				.matches("RELOADING=1\nMONOTONIC_USEC=\\d+\nSTATUS=Serving, process %d starts".formatted(failed.pid()));
			failed.await("^started");
			failed.signal("KILL");
			assertThat(notices.next()).isEqualTo("READY=1\nSTATUS=Serving, generation 0");
			for (int generation = 1; generation <= 3; generation++) {
				ServerProcess successor = start("server " + generation, List.of(), environment, "http=127.0.0.1:0");
				successor.ready();
				assertThat(notices.next()).startsWith("RELOADING=1\n");
				assertThat(notices.next()).isEqualTo("STATUS=Observing process " + successor.pid());
				assertThat(notices.next()).isEqualTo("MAINPID=%d\nSTATUS=Process %d serves, process %d drains"
					.formatted(successor.pid(), successor.pid(), current.pid()));
				assertThat(notices.next()).isEqualTo(
						"MAINPID=%d\nREADY=1\nSTATUS=Serving, generation %d".formatted(successor.pid(), generation));
				assertThat(current.awaitExit()).isZero();
				current = successor;
			}
			current.signal("TERM");
			assertThat(notices.next()).isEqualTo("STOPPING=1\nSTATUS=Draining");
			current.awaitExit();
			assertThat(notices.isEmpty()).isTrue();
		}
	}

	@Test
	void aServiceManagerThatDoesNotListenHarmsNobody() throws Exception {
		ServerProcess server = start("server", List.of(),
				(builder) -> builder.environment().put("NOTIFY_SOCKET", this.directory.resolve("nobody").toString()),
				"http=127.0.0.1:0");
		server.ready();
		server.await("The service manager cannot be told at '.*nobody'");
		server.await("^state SERVING");
	}

	@Test
	void passedSocketsAreAdoptedByTheFirstGenerationAndHandedOver() throws Exception {
		GatedListener web = listen();
		GatedListener spare = listen();
		int port = port(web);
		try (LineClient early = LineClient.connect(port)) {
			early.send("early");
			ServerProcess server = activated("server", web, spare, "$$", "web:spare", "web=127.0.0.1:" + port);
			// A handoff makes no difference to the service manager's own copy.
			assertThat(server.await("^listener web .*").group()).endsWith("ACTIVATED");
			server.await("Socket 'spare' at .* is not used: closed");
			server.await("^state SERVING");
			assertThat(early.answer()).startsWith("early from generation 0");
			String inode = "socket:[%d]".formatted(web.facts().inode());
			assertThat(server.sockets()).contains(inode).doesNotContain("socket:[%d]".formatted(spare.facts().inode()));
			// The variables are still there, the descriptors are the predecessor's.
			ServerProcess successor = start("successor", List.of(),
					(builder) -> builder.environment().putAll(Map.of("LISTEN_PID", "1", "LISTEN_FDS", "2")),
					"web=127.0.0.1:0");
			assertThat(successor.await("^listener web .*").group()).endsWith("INHERITED");
			successor.ready();
			assertThat(server.awaitExit()).isZero();
			assertThat(successor.sockets()).contains(inode);
			assertThat(LineClient.ask(port, "x")).contains("generation 1");
		}
	}

	@Test
	void anUnnamedSocketIsFoundByItsAddress() throws Exception {
		GatedListener web = listen();
		ServerProcess server = activated("server", web, listen(), "$$", "my.socket:my.socket",
				"web=127.0.0.1:" + port(web));
		assertThat(server.await("^listener web .*").group()).endsWith("ACTIVATED");
	}

	@Test
	void aSuccessorClosesWhatItWasPassed() throws Exception {
		ServerProcess server = start("server", List.of(), (builder) -> {
		}, "web=127.0.0.1:0");
		int port = server.port("web");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		GatedListener passed = listen();
		ServerProcess successor = activated("successor", passed, listen(), "$$", "other:spare", "web=127.0.0.1:0");
		assertThat(successor.await("^listener web .*").group()).endsWith("INHERITED");
		assertThat(server.awaitExit()).isZero();
		assertThat(LineClient.ask(port, "x")).contains("generation 1");
		assertThat(successor.sockets()).doesNotContain("socket:[%d]".formatted(passed.facts().inode()));
	}

	@Test
	void socketsOfAnotherProcessAreLeftAlone() throws Exception {
		ServerProcess server = activated("server", listen(), listen(), "1", "web:spare", "web=127.0.0.1:0");
		server.await("LISTEN_FDS: it is meant for pid 1 and this is pid %d".formatted(server.pid()));
		assertThat(server.await("^listener web .*").group()).endsWith("BOUND");
	}

	@ParameterizedTest
	@ValueSource(strings = { "web", "web:a:b" })
	void namesThatAreNotAsManyAsDescriptorsAreAMistake(String names) throws Exception {
		ServerProcess server = activated("server", listen(), listen(), "$$", names, "web=127.0.0.1:0");
		server.await("^failed SocketActivationException: .*LISTEN_FDNAMES has \\d names for 2 descriptors");
		assertThat(server.awaitExit()).isEqualTo(3);
	}

	@Test
	void whatIsNoSocketIsAMistake() throws Exception {
		GatedListener web = listen();
		ServerProcess server = start("server", shell("$$", "web:log"), (builder) -> {
			builder.redirectInput(redirect(web));
			builder.redirectErrorStream(false).redirectError(this.directory.resolve("log").toFile());
		}, "web=127.0.0.1:0");
		server.await("^failed SocketActivationException: .*descriptor 4 \\('log'\\) is not a socket");
		assertThat(server.awaitExit()).isEqualTo(3);
	}

	private GatedListener listen() {
		GatedListener listener = GatedListener.bind("passed",
				new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
		this.listeners.add(listener);
		return listener;
	}

	private static int port(GatedListener listener) {
		return ((InetSocketAddress) listener.address()).getPort();
	}

	private ServerProcess activated(String name, GatedListener third, GatedListener fourth, String pid, String names,
			String... listeners) {
		return start(name, shell(pid, names), (builder) -> {
			builder.redirectInput(redirect(third));
			builder.redirectErrorStream(false).redirectError(redirect(fourth));
		}, listeners);
	}

	private static List<String> shell(String pid, String names) {
		return List.of("/bin/sh", "-c", ACTIVATE.formatted(pid, names), "sh");
	}

	private static Redirect redirect(GatedListener listener) {
		try {
			return FileDescriptorCast.using(listener.descriptor()).as(Redirect.class);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private ServerProcess start(String name, List<String> prefix, Consumer<ProcessBuilder> preparation,
			String... listeners) {
		List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		jvmArguments.add("-Dtest.socket=" + this.directory.resolve("control.sock"));
		if (!prefix.isEmpty()) {
			jvmArguments.add("-Dtest.launched=ready");
		}
		return ServerProcess.start(name, prefix, jvmArguments, System.getProperty("java.class.path"),
				TestServer.class.getName(), List.of(listeners), preparation);
	}

	/**
	 * What a service manager hears, in the order in which it was said.
	 */
	private static final class Notices implements AutoCloseable {

		private final AFUNIXDatagramChannel channel;

		private final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

		Notices(String name) throws IOException {
			this.channel = AFUNIXDatagramChannel.open();
			AFSocketAddress address = name.startsWith("@") ? AFUNIXSocketAddress.inAbstractNamespace(name.substring(1))
					: AFUNIXSocketAddress.of(Path.of(name));
			this.channel.bind(address);
			Thread thread = new Thread(this::listen, "notices");
			thread.setDaemon(true);
			thread.start();
		}

		private void listen() {
			ByteBuffer buffer = ByteBuffer.allocate(4096);
			try {
				while (this.channel.isOpen()) {
					// Returns null for a sender without a name, as all are.
					this.channel.receive(buffer);
					this.heard.add(StandardCharsets.UTF_8.decode(buffer.flip()).toString());
					buffer.clear();
				}
			}
			catch (IOException ex) {
				// Closed.
			}
		}

		String next() throws InterruptedException {
			String notice = this.heard.poll(40, TimeUnit.SECONDS);
			assertThat(notice).as("a notice within 40 s").isNotNull();
			return notice;
		}

		boolean isEmpty() {
			return this.heard.isEmpty();
		}

		@Override
		public void close() throws IOException {
			this.channel.close();
		}

	}

}
