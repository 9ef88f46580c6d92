package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class SupervisorTests {

	private static final long SELF = 100;

	@TempDir
	private Path processes;

	@Test
	void theFirstProcessOfAContainer() {
		assertThat(Supervisor.of(this.processes, 1, Map.of()).orElseThrow().reason())
			.contains("the first one of its container (pid 1)");
	}

	@ParameterizedTest
	@CsvSource({ "1, tini, tini (pid 1)", "7, containerd-shim, containerd-shim (pid 7)",
			"1, start.sh, start.sh (pid 1)", "0, none, a process outside" })
	void theCommandOfAContainer(long parent, String name, String starter) throws IOException {
		process(SELF, "java", parent, "java", "-jar", "orders.jar");
		process(parent, name, 0, name);
		assertThat(find(Map.of()).orElseThrow().reason())
			.contains("started by " + starter + ", and its container ends");
	}

	@ParameterizedTest
	@ValueSource(strings = { "supervisord", "runsv", "s6-supervise" })
	void theProcessOfASupervisor(String name) throws IOException {
		process(SELF, "java", 7, "java", "-jar", "orders.jar");
		process(7, name, 1, name);
		assertThat(find(Map.of()).orElseThrow().reason()).contains("started by " + name + " (pid 7)");
	}

	@Test
	void aShellScriptEndsWithItsCommand() throws IOException {
		process(SELF, "java (x) y", 8, "java", "-jar", "orders.jar");
		process(8, "su", 7, "su", "orders", "-c", "start.sh");
		process(7, "bash", 6, "bash", "./run");
		process(6, "runsv", 1, "runsv", "orders");
		assertThat(find(Map.of()).orElseThrow().reason()).contains("started by runsv (pid 6)");
	}

	@ParameterizedTest
	@CsvSource({ "bash, -i", "bash, --login", "-bash, -l" })
	void aShellThatWaitsForCommandsDoesNot(String name, String option) throws IOException {
		process(SELF, "java", 1, "java", "-jar", "orders.jar");
		process(1, "bash", 0, name, option);
		assertThat(find(Map.of())).isEmpty();
	}

	@Test
	void aShellWithACommandDoes() throws IOException {
		process(SELF, "java", 1, "java", "-jar", "orders.jar");
		process(1, "sh", 0, "sh", "-ec", "java -jar orders.jar; true");
		assertThat(find(Map.of()).orElseThrow().reason()).contains("started by sh (pid 1)");
	}

	@Test
	void theMainProcessOfASystemdUnit() throws IOException {
		process(SELF, "java", 7, "java", "-jar", "orders.jar");
		process(7, "bash", 1, "bash", "/srv/orders/start.sh");
		process(1, "systemd", 0, "/sbin/init");
		assertThat(find(Map.of("SYSTEMD_EXEC_PID", "7")).orElseThrow().fix()).contains("Type=notify");
		assertThat(find(Map.of("SYSTEMD_EXEC_PID", "100")).orElseThrow().fix()).contains("Type=notify");
		assertThat(find(Map.of("INVOCATION_ID", "8f3c")).orElseThrow().fix()).contains("Type=notify");
		assertThat(find(Map.of("SYSTEMD_EXEC_PID", "7", "NOTIFY_SOCKET", "/run/systemd/notify"))).isEmpty();
		// Another unit's, for example that of the terminal.
		assertThat(find(Map.of("SYSTEMD_EXEC_PID", "12", "INVOCATION_ID", "8f3c"))).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "1, systemd", "1, init", "900, sshd", "900, java" })
	void nobodyWhoEndsTheService(long parent, String name) throws IOException {
		process(SELF, "java", parent, "java", "-jar", "orders.jar");
		process(parent, name, 1, name);
		assertThat(find(Map.of())).isEmpty();
	}

	@Test
	void aParentThatCannotBeRead() throws IOException {
		process(SELF, "java", 900, "java", "-jar", "orders.jar");
		assertThat(find(Map.of())).isEmpty();
	}

	private Optional<Supervisor> find(Map<String, String> environment) {
		return Supervisor.of(this.processes, SELF, environment);
	}

	private void process(long pid, String name, long parent, String... commandLine) throws IOException {
		Path directory = Files.createDirectories(this.processes.resolve(Long.toString(pid)));
		Files.writeString(directory.resolve("stat"), "%d (%s) S %d %d 0 0".formatted(pid, name, parent, pid));
		Files.writeString(directory.resolve("comm"), name + "\n");
		Files.writeString(directory.resolve("cmdline"), String.join("\0", commandLine) + "\0");
	}

}
