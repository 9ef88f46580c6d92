package dev.handoff;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.handoff.internal.socket.GatedListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Servers that have their socket as standard input, in the way of inetd.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class InetdIT {

	// inetd(8) makes the socket the output as well; the test needs that one.
	private static final List<String> ALL_DESCRIPTORS = List.of("sh", "-c", "exec 2<&0; exec \"$@\"", "sh");

	@TempDir
	private Path directory;

	@RegisterExtension
	final Processes processes = new Processes();

	private final GatedListener socket = GatedListener.bind("inetd",
			new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 100);

	@AfterEach
	void close() {
		this.processes.closeAll();
		this.socket.close();
	}

	@Test
	void listeningStandardInputIsAdoptedAndHandedOver() throws Exception {
		int port = ((InetSocketAddress) this.socket.address()).getPort();
		String inode = "socket:[%d]".formatted(this.socket.facts().inode());
		ServerProcess server = start("server", ALL_DESCRIPTORS, (builder) -> builder.redirectInput(input()),
				"http=127.0.0.1:" + port);
		assertThat(server.await("^listener http .*").group()).endsWith("ACTIVATED");
		server.await("^input ended");
		server.awaitState(HandoffState.SERVING);
		assertThat(LineClient.ask(port, "x")).contains("generation 0");
		assertThat(Collections.frequency(server.sockets(), inode)).as("no copy is left").isEqualTo(1);
		ServerProcess successor = start("successor", List.of(), (builder) -> {
		}, "http=127.0.0.1:0");
		assertThat(successor.await("^listener http .*").group()).endsWith("INHERITED");
		assertThat(server.awaitExit()).isZero();
		assertThat(successor.sockets()).contains(inode);
		assertThat(LineClient.ask(port, "x")).contains("generation 1");
	}

	@Test
	void listeningStandardInputThatNobodyAsksForIsClosed() throws Exception {
		ServerProcess server = start("server", List.of(), (builder) -> builder.redirectInput(input()),
				"http=127.0.0.1:0");
		assertThat(server.await("^listener http .*").group()).endsWith("BOUND");
		server.await("Socket '' at .* is not used: closed");
		assertThat(server.sockets()).doesNotContain("socket:[%d]".formatted(this.socket.facts().inode()));
	}

	@Test
	void aConnectionIsLeftAlone() throws Exception {
		int port = ((InetSocketAddress) this.socket.address()).getPort();
		this.socket.openGate();
		ServerProcess server = start("server",
				List.of("bash", "-c", "exec <>/dev/tcp/127.0.0.1/%d; exec \"$@\"".formatted(port), "bash"),
				(builder) -> {
				}, "http=127.0.0.1:0");
		assertThat(server.await("^listener http .*").group()).endsWith("BOUND");
		try (SocketChannel connection = Objects.requireNonNull(this.socket.accept())) {
			connection.write(StandardCharsets.UTF_8.encode("close\n"));
			// What observers say last may be lost when a process closes and ends.
			server.await("DRAINING -> TERMINATED");
		}
	}

	private Redirect input() {
		try {
			return FileDescriptorCast.using(this.socket.descriptor()).as(Redirect.class);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private ServerProcess start(String name, List<String> prefix, Consumer<ProcessBuilder> preparation,
			String listener) {
		List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		jvmArguments.add("-Dtest.socket=" + this.directory.resolve("control.sock"));
		jvmArguments.add("-Dtest.launched=ready");
		return ServerProcess.start(name, prefix, jvmArguments, System.getProperty("java.class.path"),
				TestServer.class.getName(), List.of(listener), preparation.andThen((builder) -> {
					if (name.equals("successor")) {
						builder.redirectInput(Redirect.from(Path.of("/dev/null").toFile()));
					}
				}));
	}

}
