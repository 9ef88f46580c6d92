package dev.handoff.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The units for systemd under a systemd that runs, with the demo.
 */
@Tag("jdk-independent")
@Timeout(180)
class SystemdIT {

	private static final String WHO_AM_I = "http://127.0.0.1:8080/api/whoami";

	@TempDir
	Path directory;

	private @Nullable LiveSystemd systemd;

	@BeforeEach
	void boot() throws Exception {
		// The service's user has to reach what is in there.
		Path orders = Files.createDirectories(this.directory.resolve("opt/orders/1"));
		Path units = Files.createDirectories(this.directory.resolve("units/orders.service.d")).getParent();
		Files.copy(DemoImage.ROOT.resolve("demo-app/target/demo-app.jar"), orders.resolve("orders.jar"));
		Files.copy(coreJar(), orders.resolveSibling("handoff-core.jar"));
		Files.createSymbolicLink(orders.resolveSibling("current"), Path.of("1"));
		for (String unit : List.of("orders.service", "orders.socket")) {
			Files.copy(Path.of("systemd", unit), Objects.requireNonNull(units).resolve(unit));
		}
		this.systemd = LiveSystemd.boot(this.directory);
	}

	private static Path coreJar() throws IOException {
		try (Stream<Path> jars = Files.list(DemoImage.ROOT.resolve("handoff-core/target"))) {
			return jars.filter((jar) -> jar.getFileName().toString().matches("handoff-core-[\\d.]+(-SNAPSHOT)?\\.jar"))
				.findFirst()
				.orElseThrow();
		}
	}

	@AfterEach
	void shutDown() throws IOException {
		if (this.systemd != null) {
			this.systemd.close();
		}
	}

	@Test
	void theUnitLivesThroughReloadsAndFailedOnes() throws Exception {
		start("1s");
		String first = mainPid();
		// The predecessor drains for as long as this request takes.
		Process slow = systemd().start("curl", "-s", "http://127.0.0.1:8080/api/slow?ms=50000");
		awaitConnection();
		systemd().succeed("systemctl", "reload", "orders");
		String second = mainPid();
		assertThat(second).isNotEqualTo(first);
		assertServing(second);

		systemd().succeed("kill", "-KILL", first);
		LiveSystemd.finish(slow);
		Awaitility.await().until(() -> systemd().run("kill", "-0", first).exitCode() != 0);
		assertServing(second);

		Path current = this.directory.resolve("opt/orders/current");
		Files.delete(current);
		Files.writeString(Files.createDirectory(this.directory.resolve("opt/orders/2")).resolve("orders.jar"),
				"no jar");
		Files.createSymbolicLink(current, Path.of("2"));
		assertThat(systemd().run("systemctl", "reload", "orders").exitCode()).as("no jar").isNotZero();
		assertServing(second);
		Files.delete(current);
		Files.createSymbolicLink(current, Path.of("1"));

		Process reload = systemd().start("systemctl", "reload", "orders");
		systemd().succeed("kill", "-KILL", awaitSuccessor(2));
		assertThat(LiveSystemd.finish(reload).exitCode()).as("the successor was killed").isNotZero();
		assertServing(second);
		assertThat(systemd().property("orders", "NRestarts")).isEqualTo("0");
	}

	@Test
	void aSignalToAllProcessesEndsNoneAndAStopEndsAll() throws Exception {
		start("60s");
		String first = mainPid();
		systemd().succeed("systemctl", "kill", "--signal=HUP", "orders");
		String second = awaitSuccessor(1);
		systemd().succeed("systemctl", "kill", "--signal=HUP", "orders");
		awaitLog("STANDBY -> SERVING|STANDBY -> OBSERVING|OFFERING -> OBSERVING", 1);
		assertThat(systemd().run("kill", "-0", second).exitCode()).as("the successor lives").isZero();
		assertThat(mainPid()).as("in the window").isEqualTo(first);
		assertStopEndsAll();

		systemd().succeed("systemctl", "start", "orders.socket", "orders");
		systemd().succeed("systemctl", "kill", "--signal=HUP", "orders");
		awaitSuccessor(3);
		assertStopEndsAll();
	}

	private LiveSystemd systemd() {
		return Objects.requireNonNull(this.systemd);
	}

	private void start(String window) throws Exception {
		Files.writeString(this.directory.resolve("units/orders.service.d/test.conf"), """
				[Service]
				StandardOutput=append:/run/test/orders.log
				StandardError=inherit
				Environment=HANDOFF_SUCCESSOR_SIGNAL=hup HANDOFF_OBSERVATIONWINDOW=%s
				Environment="JDK_JAVA_OPTIONS=-XX:TieredStopAtLevel=1 -Xmx256m"
				""".formatted(window));
		systemd().succeed("systemctl", "daemon-reload");
		systemd().succeed("systemctl", "start", "orders.socket", "orders");
		assertServing(mainPid());
	}

	private String mainPid() throws Exception {
		return systemd().property("orders", "MainPID");
	}

	private void assertServing(String pid) throws Exception {
		assertThat(systemd().property("orders", "ActiveState")).isEqualTo("active");
		assertThat(mainPid()).isEqualTo(pid);
		assertThat(systemd().succeed("curl", "-sS", WHO_AM_I)).contains("\"pid\":" + pid + ",");
	}

	private void assertStopEndsAll() throws Exception {
		systemd().succeed("systemctl", "stop", "orders.socket", "orders");
		assertThat(systemd().property("orders", "ActiveState")).isEqualTo("inactive");
		assertThat(systemd().run("pgrep", "java").output()).isEmpty();
		assertThat(systemd().run("curl", "-s", WHO_AM_I).exitCode()).as("refused").isEqualTo(7);
	}

	private void awaitConnection() {
		Awaitility.await()
			.until(() -> systemd().succeed("ss", "-Htn", "state", "established", "sport", "=", ":8080"),
					(connections) -> !connections.isEmpty());
	}

	// It is in the middle of its start then: its context is not built yet.
	private String awaitSuccessor(int number) {
		return awaitLog("Starting DemoApplication using .* with PID (\\d+)", number + 1).group(1);
	}

	private Matcher awaitLog(String regex, int times) {
		Pattern pattern = Pattern.compile(regex);
		return Awaitility.await(regex).atMost(Duration.ofSeconds(60)).until(() -> {
			Matcher matcher = pattern.matcher(systemd().log("orders.log"));
			int found = 0;
			while (found < times && matcher.find()) {
				found++;
			}
			return (found == times) ? matcher : null;
		}, Objects::nonNull);
	}

}
