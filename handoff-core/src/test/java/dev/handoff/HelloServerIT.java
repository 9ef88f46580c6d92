package dev.handoff;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.example.HelloServer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The program of the page on plain Java.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class HelloServerIT {

	@Test
	void theDocumentationShowsTheProgramThatIsTested() throws IOException {
		String source = Files.readString(Path.of("src/test/java/dev/handoff/example/HelloServer.java"));
		String shown = source.substring(source.indexOf("import java.io"));
		assertThat(Files.readString(Path.of("docs/plain-java.md"))).contains(shown);
	}

	@Test
	void itIsRestartedWithoutARefusedConnection(@TempDir Path runtimeDirectory) throws IOException {
		int port;
		try (ServerSocket free = new ServerSocket(0)) {
			port = free.getLocalPort();
		}
		try (ServerProcess first = start("first", port, runtimeDirectory)) {
			first.await("STARTING -> SERVING");
			assertThat(LineClient.ask(port, "hello")).isEqualTo("generation 0: hello");
			try (Load load = Load.on(port, 1); ServerProcess second = start("second", port, runtimeDirectory)) {
				second.await("STANDBY -> SERVING");
				// The window of 10 s runs, then the first process falls out of its loop.
				assertThat(first.awaitExit()).isZero();
				Awaitility.await()
					.atMost(10, TimeUnit.SECONDS)
					.until(() -> LineClient.ask(port, "again").equals("generation 1: again"));
				assertThat(load.stop()).isEmpty();
			}
		}
	}

	private static ServerProcess start(String name, int port, Path runtimeDirectory) {
		return ServerProcess.start(name, List.of(), ServerProcess.JVM_ARGS, System.getProperty("java.class.path"),
				HelloServer.class.getName(), List.of(Integer.toString(port)),
				Map.of("XDG_RUNTIME_DIR", runtimeDirectory.toString()));
	}

}
