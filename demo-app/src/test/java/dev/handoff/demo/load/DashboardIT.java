package dev.handoff.demo.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import org.assertj.core.data.Percentage;
import org.awaitility.Awaitility;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dashboard in a browser, under load. Makes the README's picture as well:
 * {@code target/dashboard.png}.
 */
@Tag("jdk-independent")
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class DashboardIT {

	private static final Duration LIMIT = Duration.ofSeconds(90);

	/** Long enough to see both processes, and what each has answered, at a time. */
	private static final Duration OBSERVATION_WINDOW = Duration.ofSeconds(8);

	private static final String CARDS = "[...document.querySelectorAll('.process')].map(card => ({ ...card.dataset }))";

	@Test
	@SuppressWarnings("try") // the clients run, nobody talks to them
	void whenItsButtonIsPressedUnderLoadThenItShowsBothProcessesAndAHandoffWithoutAFailure(@TempDir Path directory)
			throws Exception {
		Browser.require();
		Tally tally = new Tally();
		try (DemoServer server = new DemoServer(Path.of(System.getProperty("demo.jar")), directory,
				OBSERVATION_WINDOW)) {
			ServerInstance first = server.startJar(0);
			assertThat(first.await("SERVING", LIMIT)).as("see %s", first.log()).isTrue();
			try (LoadReport report = LoadReport.start(tally, server.statsFile(), (second) -> {
			});
					LoadClients clients = LoadClients.start(server.address(), tally);
					Browser browser = new Browser(directory.resolve("profile"))) {
				browser.open(server.url());
				await(() -> assertThat(browser.text("source")).isEqualTo("Charts: the load client"));
				report.awaitLoad(Duration.ofSeconds(5));
				await(() -> assertThat(browser.text("legend")).isEqualTo("generation 0"));
				checkWindows(browser);
				assertThat(cardsOf(browser)).singleElement().isEqualTo(Map.of("generation", "0", "state", "SERVING"));

				browser.click("restart");
				await(() -> {
					assertThat(browser.text("legend")).isEqualTo("generation 0generation 1");
					assertThat(browser.objects("wholeSeconds().filter(second => second.generations[1])"))
						.hasSizeGreaterThanOrEqualTo(3);
					assertThat(cardsOf(browser)).containsExactly(Map.of("generation", "0", "state", "OBSERVING"),
							Map.of("generation", "1", "state", "SERVING"));
				});
				browser.photograph(Path.of("target", "dashboard.png"));

				await(() -> assertThat(browser.text("result")).matches("Process \\d+ has taken over"));
				await(() -> assertThat(cardsOf(browser)).singleElement()
					.isEqualTo(Map.of("generation", "1", "state", "SERVING")));
				await(() -> assertThat(browser.text("generation")).isEqualTo("1"));
				assertThat(browser.text("handoffs")).contains("0 → 1").endsWith(" ms0");
				// Before the charts are read, which Chromium has advice about.
				assertThat(browser.complaints()).isEmpty();
				for (String canvas : List.of("rates", "latencies")) {
					assertThat(pixelsOf(browser, canvas, 1)).as("mark in %s", canvas).isPositive();
				}
				assertThat(pixelsOf(browser, "rates", 0)).as("bars of generation 0").isPositive();
				assertThat(browser.text("errors")).isEqualTo("0");
				assertThat(browser.text("own")).matches("[\\d,]*[1-9][\\d,]* sent by this page, 0 failed");
			}
		}
		assertThat(tally.failed()).as(tally::table).isZero();
	}

	private static void checkWindows(Browser browser) {
		assertThat(browser.evaluate("WINDOW")).isEqualTo(LoadReport.WINDOW_MILLIS);
		List<Map<String, Object>> windows = browser.objects("windows");
		assertThat(windows).hasSizeGreaterThan(20).allSatisfy((window) -> {
			assertThat(window).containsEntry("failed", 0L);
			assertThat(generationsOf(window)).allSatisfy((generation, answers) -> {
				assertThat(generation).isEqualTo("0");
				assertThat((Long) answers).isPositive();
			});
		});
		assertThat(windows).filteredOn((window) -> !generationsOf(window).isEmpty())
			.isNotEmpty()
			.allSatisfy((window) -> {
				assertThat(number(window, "p50").doubleValue()).isPositive();
				assertThat(number(window, "max").doubleValue())
					.isGreaterThanOrEqualTo(number(window, "p50").doubleValue());
			});
		long duration = time(windows.get(windows.size() - 1)) - time(windows.get(0));
		assertThat(duration / (windows.size() - 1)).as("milliseconds from window to window")
			.isCloseTo(LoadReport.WINDOW_MILLIS, Percentage.withPercentage(20));
	}

	private static long time(Map<String, Object> window) {
		return number(window, "time").longValue();
	}

	private static Number number(Map<String, Object> window, String name) {
		return (Number) Objects.requireNonNull(window.get(name), name);
	}

	private static Map<?, ?> generationsOf(Map<String, Object> window) {
		return (Map<?, ?>) Objects.requireNonNull(window.get("generations"));
	}

	private static List<Map<String, Object>> cardsOf(Browser browser) {
		return browser.objects(CARDS);
	}

	/**
	 * Returns how much of a chart has the colour of a generation.
	 */
	private static long pixelsOf(Browser browser, String canvas, int generation) {
		return (Long) browser.evaluate("""
				(() => {
				  const chart = document.getElementById('%s');
				  const data = chart.getContext('2d').getImageData(0, 0, chart.width, chart.height).data;
				  const wanted = colour(%d).match(/\\w\\w/g).map(part => parseInt(part, 16));
				  let count = 0;
				  for (let i = 0; i < data.length; i += 4) {
				    count += wanted.every((part, j) => Math.abs(part - data[i + j]) < 3) ? 1 : 0;
				  }
				  return count;
				})()""".formatted(canvas, generation));
	}

	private static void await(ThrowingRunnable assertion) {
		Awaitility.await().atMost(LIMIT).pollInterval(Duration.ofMillis(100)).untilAsserted(assertion);
	}

}
