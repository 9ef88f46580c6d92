package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

import dev.handoff.Processes;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Scheduled jobs of two processes.
 */
@Timeout(180)
@ExtendWith(Processes.class)
class ScheduledJobsIT {

	private static final Pattern PID = Pattern.compile("\\w+ (\\d+)");

	// These have begun what they could not end.
	private final Set<String> killed = new HashSet<>();

	@TempDir
	Path directory;

	@Test
	@Tag("jdk-independent")
	void jobsNeverRunInBothProcesses() throws Exception {
		jobsNeverRunInBothProcesses(false);
	}

	@Test
	@EnabledForJreRange(min = JRE.JAVA_21)
	void jobsOnVirtualThreadsNeverRunInBothProcesses() throws Exception {
		jobsNeverRunInBothProcesses(true);
	}

	private void jobsNeverRunInBothProcesses(boolean virtualThreads) throws Exception {
		String[] arguments = { "--handoff.observation-window=60s", "--spring.threads.virtual.enabled=" + virtualThreads,
				"--handoff.release=manual" };
		SampleServer first = start(arguments);
		int port = first.port();
		first.awaitServing();
		assertThat(SampleServer.get(port, "/thread").body().startsWith("VirtualThread")).isEqualTo(virtualThreads);
		awaitJobsOf(first);
		// As a program that cleans directories up does.
		Files.delete(this.directory.resolve("control.sock.work"));
		SampleServer second = start(arguments);
		second.process.await("-> STANDBY");
		awaitJobsOf(first);
		assertThat(command(port, "release")).isTrue();
		awaitJobsOf(second);
		// Back, and once more.
		assertThat(command(port, "reclaim")).isTrue();
		awaitJobsOf(first);
		second.process.awaitExit();
		SampleServer third = start(arguments);
		third.process.await("-> STANDBY");
		assertThat(command(port, "release")).isTrue();
		awaitJobsOf(third);
		// Nobody can be asked to stop first.
		this.killed.add(Long.toString(third.process.pid()));
		third.process.signal("KILL");
		awaitJobsOf(first);
		assertThat(overlaps()).isZero();
	}

	@Test
	@Tag("jdk-independent")
	void jobsRunInBothProcessesIfThatIsWanted() throws Exception {
		String[] arguments = { "--handoff.release=manual", "--handoff.schedule-only-while-serving=false" };
		SampleServer first = start(arguments).awaitServing();
		SampleServer second = start(arguments);
		second.process.await("-> STANDBY");
		awaitJobsOf(second);
		awaitJobsOf(first);
		Awaitility.await().until(() -> overlaps() > 0);
	}

	private SampleServer start(String... arguments) {
		List<String> all = new ArrayList<>(
				List.of("--sample.jobs=" + file(), "--management.endpoints.web.exposure.include=handoff",
						"--management.endpoint.handoff.access=unrestricted"));
		all.addAll(List.of(arguments));
		return SampleServer.start("server", this.directory, all.toArray(new String[0]));
	}

	private static boolean command(int port, String command) throws IOException {
		try (RawConnection connection = RawConnection.to(port)) {
			connection.send(
					"POST /actuator/handoff/%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
						.formatted(command));
			return connection.response().status() == 200;
		}
	}

	private Path file() {
		return this.directory.resolve("jobs");
	}

	private void awaitJobsOf(SampleServer server) throws IOException {
		int seen = Files.exists(file()) ? Files.readAllLines(file()).size() : 0;
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.until(() -> Files.exists(file()) && Files.readAllLines(file())
				.stream()
				.skip(seen)
				.filter(("end " + server.process.pid())::equals)
				.count() >= 5);
	}

	/**
	 * Returns how often a process wrote something while the job of another was running.
	 */
	private long overlaps() throws IOException {
		long overlaps = 0;
		String running = "";
		for (String line : Files.readAllLines(file())) {
			String pid = PID.matcher(line).replaceAll("$1");
			if (!running.isEmpty() && !running.equals(pid) && !this.killed.contains(running)) {
				overlaps++;
			}
			running = line.startsWith("begin") ? pid : "";
		}
		return overlaps;
	}

}
