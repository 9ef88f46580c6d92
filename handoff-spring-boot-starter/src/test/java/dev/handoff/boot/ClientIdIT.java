package dev.handoff.boot;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

import dev.handoff.Processes;
import org.awaitility.Awaitility;
import org.eclipse.paho.client.mqttv3.MqttClient;
import org.eclipse.paho.client.mqttv3.MqttException;
import org.eclipse.paho.client.mqttv3.persist.MemoryPersistence;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two processes that are one client of a message broker.
 */
@Timeout(180)
@ExtendWith(Processes.class)
@Tag("jdk-independent")
class ClientIdIT {

	private static final Logger logger = LoggerFactory.getLogger(ClientIdIT.class);

	private static final String CONNECTED = "Connected to the broker";

	@TempDir
	private Path directory;

	private int brokerPort;

	@BeforeEach
	void choosePort() throws IOException {
		this.brokerPort = SampleServer.freePort();
	}

	@Test
	void theDocumentationShowsTheConsumerThatIsTested() throws IOException {
		String source = Files.readString(Path.of("src/test/java/dev/handoff/boot/sample/OrdersConsumer.java"));
		String shown = source.substring(source.indexOf("class OrdersConsumer"));
		assertThat(Files.readString(Path.of("docs/two-generations.md"))).contains(shown);
	}

	@Test
	void twoProcessesThrowEachOtherOut() throws Exception {
		try (Mosquitto broker = broker()) {
			start("first", "--sample.connect-at-start=true").awaitServing();
			assertThat(broker.thrownOut()).isZero();
			SampleServer second = start("second", "--sample.connect-at-start=true", "--handoff.release=manual");
			second.process.await("-> STANDBY");
			Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> broker.thrownOut() >= 4);
		}
	}

	@Test
	void eachMessageIsConsumedOnceByTheProcessThatServes() throws Exception {
		try (Mosquitto broker = broker()) {
			SampleServer first = start("first", consumed());
			// From here on the broker keeps what nobody consumes.
			first.process.await(CONNECTED);
			int published;
			try (Publisher publisher = new Publisher(this.brokerPort)) {
				awaitConsumedBy(first);
				SampleServer second = start("second", consumed(), "--handoff.observation-window=60s");
				awaitConsumedBy(second);
				assertThat(first.process.awaitExit()).isZero();
				SampleServer third = start("third", consumed());
				awaitConsumedBy(third);
				// This undoes the handoff.
				third.process.signal("TERM");
				third.process.awaitExit();
				awaitConsumedBy(second);
				SampleServer fourth = start("fourth", consumed());
				awaitConsumedBy(fourth);
				published = publisher.stop();
			}
			List<String> expected = IntStream.range(0, published).mapToObj(Integer::toString).toList();
			Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.untilAsserted(() -> assertThat(numbers()).containsAll(expected));
			assertThat(numbers()).containsExactlyInAnyOrderElementsOf(expected);
			assertThat(lines()).hasSize(2 * published);
			for (int i = 0; i < 2 * published; i += 2) {
				assertThat(lines().get(i + 1)).isEqualTo(lines().get(i).replace("begin", "end"));
			}
			assertThat(broker.thrownOut()).isZero();

			logger.info("{} messages were published and consumed", published);
		}
	}

	@Test
	void aBrokerThatIsGoneIsFoundAgain() throws Exception {
		String unreachable = "Not connected to the broker";
		SampleServer first = start("first", consumed());
		first.process.await(unreachable);
		try (Mosquitto broker = broker()) {
			first.process.await(CONNECTED);
			publishOne("to the first");
			awaitConsumed("to the first", first);
			assertThat(broker.thrownOut()).isZero();
		}
		first.process.await(unreachable);
		SampleServer second = start("second", consumed());
		second.process.await(unreachable);
		assertThat(first.process.awaitExit()).isZero();
		try (Mosquitto broker = broker()) {
			second.process.await(CONNECTED);
			publishOne("to the second");
			awaitConsumed("to the second", second);
			assertThat(broker.thrownOut()).isZero();
		}
	}

	private Mosquitto broker() throws IOException {
		return Mosquitto.start(this.directory, this.brokerPort);
	}

	private SampleServer start(String name, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--sample.broker=" + Mosquitto.uri(this.brokerPort)));
		all.addAll(List.of(arguments));
		return SampleServer.start(name, this.directory, all.toArray(new String[0]));
	}

	private String consumed() {
		return "--sample.consumed=" + file();
	}

	private Path file() {
		return this.directory.resolve("consumed");
	}

	private List<String> lines() throws IOException {
		return Files.exists(file()) ? Files.readAllLines(file()) : List.of();
	}

	private List<String> numbers() throws IOException {
		return lines().stream()
			.filter((line) -> line.startsWith("end "))
			.map((line) -> line.split(" ", -1)[1])
			.toList();
	}

	private void awaitConsumedBy(SampleServer server) throws IOException {
		long before = consumedBy(server);
		Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> consumedBy(server) >= before + 50);
	}

	private long consumedBy(SampleServer server) throws IOException {
		String pid = " " + server.process.pid();
		return lines().stream().filter((line) -> line.startsWith("end ") && line.endsWith(pid)).count();
	}

	private void awaitConsumed(String message, SampleServer server) {
		Awaitility.await().until(() -> lines().contains("end %s %d".formatted(message, server.process.pid())));
	}

	private void publishOne(String message) throws MqttException {
		try (MqttClient client = new MqttClient(Mosquitto.uri(this.brokerPort), "publisher", new MemoryPersistence())) {
			client.connect();
			client.publish("orders", message.getBytes(StandardCharsets.UTF_8), 1, false);
			client.disconnect();
		}
	}

	/**
	 * Publishes numbers at a steady rate, each when the broker has acknowledged the one
	 * before.
	 */
	private static final class Publisher implements AutoCloseable {

		private static final int MAX_MESSAGES = 15_000;

		private static final long PAUSE_NANOS = 10_000_000;

		private final MqttClient client;

		private final CompletableFuture<Integer> published;

		private volatile boolean stopped;

		Publisher(int port) throws MqttException {
			this.client = new MqttClient(Mosquitto.uri(port), "publisher", new MemoryPersistence());
			this.client.connect();
			this.published = CompletableFuture.supplyAsync(this::publish, (task) -> new Thread(task).start());
		}

		private int publish() {
			int next = 0;
			try {
				for (; next < MAX_MESSAGES && !this.stopped; next++) {
					this.client.publish("orders", Integer.toString(next).getBytes(StandardCharsets.UTF_8), 1, false);
					LockSupport.parkNanos(PAUSE_NANOS);
				}
			}
			catch (MqttException ex) {
				throw new IllegalStateException("Message %d was not published".formatted(next), ex);
			}
			return next;
		}

		int stop() {
			this.stopped = true;
			return this.published.orTimeout(40, TimeUnit.SECONDS).join();
		}

		@Override
		public void close() throws MqttException {
			this.stopped = true;
			this.client.disconnect();
			this.client.close();
		}

	}

}
