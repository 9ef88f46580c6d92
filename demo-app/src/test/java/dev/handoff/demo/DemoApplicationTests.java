package dev.handoff.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.SpringBootTest.WebEnvironment;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for the service's requests on a real server. The starter is off in tests, so this
 * process takes part in no handoff.
 */
@SpringBootTest(webEnvironment = WebEnvironment.RANDOM_PORT)
@Timeout(60)
class DemoApplicationTests {

	@TempDir
	static Path directory;

	private final HttpClient client = HttpClient.newHttpClient();

	private final int port;

	DemoApplicationTests(@Value("${local.server.port}") int port) {
		this.port = port;
	}

	@DynamicPropertySource
	static void statsFile(DynamicPropertyRegistry registry) {
		registry.add("demo.stats-file", () -> directory.resolve("stats.json"));
	}

	@Test
	void whoAmINamesTheProcess() throws Exception {
		HttpResponse<String> response = get("/api/whoami");
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/json");
		assertThat(response.headers().firstValue("X-Generation")).hasValue("-1");
		assertThat(response.body())
			.startsWith("{\"generation\":-1,\"instance\":\"none\",\"pid\":%d,\"server\":\"Apache Tomcat/"
				.formatted(ProcessHandle.current().pid()));
	}

	@Test
	void slowTakesAtLeastTheTimeAskedFor() throws Exception {
		long begin = System.nanoTime();
		assertThat(get("/api/slow?ms=200").statusCode()).isEqualTo(200);
		assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(200));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|', textBlock = """
			/api/slow?ms=-1          | ms is -1, must be between 0 and 60000
			/api/slow?ms=60001       | ms is 60001, must be between 0 and 60000
			/api/slow?ms=soon        | Failed to convert 'ms' with value: 'soon'
			/api/slow                | Required parameter 'ms' is not present.
			/api/bytes?size=-1       | size is -1, must be between 0 and 67108864
			/api/bytes?size=67108865 | size is 67108865, must be between 0 and 67108864
			/api/bytes               | Required parameter 'size' is not present.
			""")
	void whenAParameterIsWrongThenTheResponseSaysWhy(String path, String detail) throws Exception {
		HttpResponse<String> response = get(path);
		assertThat(response.statusCode()).isEqualTo(400);
		assertThat(response.headers().firstValue("Content-Type")).hasValue("application/problem+json");
		assertThat(response.body()).contains("\"detail\":\"%s\"".formatted(detail));
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 16 * 1024, 1024 * 1024 })
	void echoReturnsWhatWasSent(int size) throws Exception {
		byte[] body = new byte[size];
		new SplittableRandom(size).nextBytes(body);
		HttpResponse<byte[]> response = echo(body);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).isEqualTo(body);
	}

	@Test
	void whenTheBodyIsTooLongThenEchoSaysSo() throws Exception {
		assertThat(echo(new byte[1024 * 1024 + 1]).statusCode()).isEqualTo(413);
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 1, 8192, 100_001 })
	void bytesReturnsAsManyAsAskedFor(int size) throws Exception {
		HttpResponse<String> response = get("/api/bytes?size=" + size);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).isEqualTo("x".repeat(size));
	}

	@Test
	void eventsStreamsTicks() throws Exception {
		HttpResponse<InputStream> response = this.client.send(request("/api/events").build(),
				BodyHandlers.ofInputStream());
		assertThat(response.headers().firstValue("Content-Type"))
			.hasValueSatisfying((type) -> assertThat(type).startsWith("text/event-stream"));
		try (BufferedReader lines = new BufferedReader(
				new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
			String events = lines.lines().limit(8).collect(Collectors.joining("\n"));
			assertThat(events.split("event:tick", -1)).hasSizeGreaterThan(2);
			assertThat(events).contains("\"generation\":-1");
		}
	}

	@Test
	void statsReturnsTheFileOnceThereIsOne() throws Exception {
		Path file = directory.resolve("stats.json");
		Files.deleteIfExists(file);
		assertThat(get("/api/stats").statusCode()).isEqualTo(204);
		Files.writeString(file, "{\"total\":1}");
		assertThat(get("/api/stats").body()).isEqualTo("{\"total\":1}");
	}

	@ParameterizedTest
	@ValueSource(strings = { "/", "/dashboard.js", "/dashboard.css" })
	void theDashboardIsSelfContained(String path) throws Exception {
		HttpResponse<String> response = get(path);
		assertThat(response.statusCode()).isEqualTo(200);
		assertThat(response.body()).doesNotContain("http://", "https://", "src=\"//", "@import");
	}

	private HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return this.client.send(request(path).build(), BodyHandlers.ofString());
	}

	private HttpResponse<byte[]> echo(byte[] body) throws IOException, InterruptedException {
		return this.client.send(request("/api/echo").POST(BodyPublishers.ofByteArray(body)).build(),
				BodyHandlers.ofByteArray());
	}

	private HttpRequest.Builder request(String path) {
		return HttpRequest.newBuilder(URI.create("http://localhost:%d%s".formatted(this.port, path)))
			.timeout(Duration.ofSeconds(20));
	}

}
