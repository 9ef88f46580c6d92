package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

import dev.handoff.Processes;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What Prometheus reads of two processes, before and after a handoff.
 */
@Tag("jdk-independent")
@Timeout(120)
@ExtendWith(Processes.class)
class PrometheusScrapeIT {

	private static final Pattern SAMPLE = Pattern.compile("(handoff_\\w+)(?:\\{(.*)\\})? (\\S+)");

	private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

	private static final Pattern DOCUMENTED = Pattern.compile("^\\| `(handoff\\.[a-z.]+)` \\|", Pattern.MULTILINE);

	/** Is known when the predecessor has nothing more to do than to exit. */
	private static final String AT_THE_END = "handoff_connections_force_closed";

	private final Set<String> names = new TreeSet<>();

	private int port;

	@TempDir
	Path directory;

	@Test
	void documentedMetersAreScrapedOfBothProcesses() throws Exception {
		try (SampleServer first = start("first", "--handoff.observation-window=60s")) {
			this.port = first.port();
			first.awaitServing();
			AtomicInteger connections = new AtomicInteger();
			// Listeners are bound to the registry soon after the line.
			Awaitility.await()
				.untilAsserted(() -> assertThat(scrape(RawConnection.to(this.port)))
					.containsEntry("handoff_listener_accepted_connections_total{listener=server}",
							(double) connections.incrementAndGet())
					.containsEntry("handoff_generation{}", 0.0)
					.containsEntry("handoff_state{state=serving}", 1.0)
					.containsEntry("handoff_state{state=draining}", 0.0));

			try (SampleServer failing = start("failing", "--sample.fail=true")) {
				assertThat(failing.process.awaitExit()).isNotZero();
			}
			awaitSamples(Map.of("handoff_attempts_total{outcome=aborted,role=predecessor}", 1.0,
					"handoff_descriptors_total{role=predecessor}", 2.0,
					"handoff_step_seconds_count{role=predecessor,step=offer}", 1.0));

			RawConnection kept = RawConnection.to(this.port);
			kept.get("/generation").response();
			try (SampleServer second = start("second", "--handoff.observation-window=60s")) {
				second.awaitServing();
				first.process.await("-> OBSERVING");
				assertThat(scrape(RawConnection.to(this.port))).containsEntry("handoff_generation{}", 1.0)
					.containsEntry("handoff_state{state=serving}", 1.0);
				assertThat(scrape(kept)).containsEntry("handoff_generation{}", 0.0)
					.containsEntry("handoff_state{state=observing}", 1.0)
					.containsEntry("handoff_connections{}", 1.0);
				second.process.signal("KILL");
				awaitSamples(Map.of("handoff_attempts_total{outcome=peer-died,role=predecessor}", 1.0,
						"handoff_accept_queue_connections_count{}", 1.0,
						"handoff_step_seconds_count{role=predecessor,step=release}", 1.0));
			}
			assertThat(documented()).hasSizeGreaterThan(5)
				.filteredOn((name) -> !name.equals(AT_THE_END))
				.allSatisfy((name) -> assertThat(this.names).anyMatch((sample) -> sample.startsWith(name)));
			assertThat(this.names)
				.allSatisfy((sample) -> assertThat(documented()).anyMatch((name) -> sample.startsWith(name)));
		}
	}

	@Test
	void successorCountsItsHandoff() throws Exception {
		try (SampleServer first = start("first")) {
			this.port = first.port();
			first.awaitServing();
			try (SampleServer second = start("second")) {
				second.awaitServing();
				assertThat(first.process.awaitExit()).isZero();
				Map<String, Double> samples = new TreeMap<>();
				for (String step : List.of("offer", "ready", "release", "observation", "drain")) {
					samples.put("handoff_step_seconds_count{role=successor,step=" + step + "}", 1.0);
				}
				samples.put("handoff_attempts_total{outcome=completed,role=successor}", 1.0);
				samples.put("handoff_attempt_seconds_count{error=none,outcome=completed,role=successor}", 1.0);
				samples.put("handoff_generation{}", 1.0);
				samples.put("handoff_descriptors_total{role=successor}", 2.0);
				awaitSamples(samples);
			}
		}
	}

	/**
	 * Returns the meters of the documentation's table as Prometheus names them.
	 */
	private static List<String> documented() throws IOException {
		String page = Files.readString(Path.of("docs", "operating.md"));
		String table = page.substring(page.indexOf("| meter |"));
		return DOCUMENTED.matcher(table.substring(0, table.indexOf("\n\n")))
			.results()
			.map((row) -> row.group(1).replace('.', '_'))
			.toList();
	}

	private SampleServer start(String name, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--management.endpoints.web.exposure.include=prometheus",
				"--management.metrics.tags.region=here"));
		all.addAll(List.of(arguments));
		return SampleServer.start(name, this.directory, all.toArray(new String[0]));
	}

	private void awaitSamples(Map<String, Double> expected) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(30))
			.untilAsserted(() -> assertThat(scrape(RawConnection.to(this.port))).containsAllEntriesOf(expected));
	}

	private Map<String, Double> scrape(RawConnection connection) throws IOException {
		try (connection) {
			RawConnection.Response response = connection.get("/actuator/prometheus").response();
			assertThat(response.status()).isEqualTo(200);
			Map<String, Double> samples = new TreeMap<>();
			for (String line : response.body().lines().toList()) {
				Matcher sample = SAMPLE.matcher(line);
				if (sample.matches()) {
					String labels = (sample.group(2) != null) ? sample.group(2) : "";
					assertThat(labels).contains("region=\"here\"");
					String kept = LABEL.matcher(labels)
						.results()
						.filter((label) -> !label.group(1).equals("region"))
						.map((label) -> label.group(1) + "=" + label.group(2))
						.collect(Collectors.joining(",", "{", "}"));
					this.names.add(sample.group(1));
					samples.put(sample.group(1) + kept, Double.parseDouble(sample.group(3)));
				}
			}
			return samples;
		}
	}

}
