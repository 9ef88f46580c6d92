package dev.handoff;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Processes that have no descriptor left.
 */
@Tag("jdk-independent")
@Timeout(120)
@ExtendWith(Processes.class)
class DescriptorLimitIT {

	@TempDir
	private Path directory;

	@Test
	void aServerWithoutDescriptorsCanBeReplaced() throws Exception {
		ServerProcess server = start("server", 250);
		int port = serving(server);
		server.command("fill");
		server.await("^full after ");
		server.await("^full after ");
		ServerProcess successor = start("successor", 1000);
		successor.await("^started generation 1");
		successor.ready();
		server.awaitState(HandoffState.DRAINING);
		assertThat(server.awaitExit()).isZero();
		assertThat(LineClient.ask(port, "x")).contains("generation 1");
	}

	@Test
	void aSuccessorWithoutDescriptorsGivesTheListenersBack() throws Exception {
		ServerProcess server = start("server", 1000, "-Dtest.window=10000");
		int port = serving(server);
		ServerProcess successor = start("successor", 250);
		successor.await("^started generation 1");
		successor.ready();
		successor.awaitState(HandoffState.SERVING);
		successor.command("fill");
		successor.await("^full after ");
		successor.await("^full after ");
		server.await("^state SERVING .*gave the listeners back.*no free descriptor");
		assertThat(successor.awaitExit()).isEqualTo(1);
		assertThat(LineClient.ask(port, "x")).contains("generation 0");
		ServerProcess second = start("second", 1000);
		second.await("^started generation 1");
		second.ready();
		assertThat(server.awaitExit()).isZero();
	}

	@Test
	void aSuccessorWithTooSmallALimitSaysSo() throws Exception {
		ServerProcess server = start("server", 1000);
		int port = serving(server);
		ServerProcess successor = start("successor", 80);
		successor
			.await("^failed TransferException: .*no room for 60 more descriptors.*LimitNOFILE=\\), which is 80 now");
		assertThat(successor.awaitExit()).isEqualTo(3);
		server.awaitState(HandoffState.SERVING);
		assertThat(LineClient.ask(port, "x")).contains("generation 0");
	}

	private static int serving(ServerProcess server) {
		int port = server.port("http");
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		return port;
	}

	private ServerProcess start(String name, int descriptors, String... properties) {
		List<String> jvmArguments = new ArrayList<>(List.of(properties));
		jvmArguments.add("-Dtest.socket=" + this.directory.resolve("run/s"));
		return ServerProcess.start(name,
				List.of("/bin/sh", "-c", "ulimit -n %d; exec \"$@\"".formatted(descriptors), "sh"), jvmArguments,
				TestServer.class.getName(), List.of("http=127.0.0.1:0"));
	}

}
