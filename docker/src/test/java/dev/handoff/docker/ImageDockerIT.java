package dev.handoff.docker;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The image on each base image.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ImageDockerIT {

	private final Site site = new Site();

	static List<String> bases() {
		return DemoImage.BASES;
	}

	@AfterEach
	void close() {
		this.site.close();
	}

	@ParameterizedTest
	@MethodSource("bases")
	void classesComeFromTheCacheThatTheImageWasBuiltWith(String base) {
		Generation generation = this.site
			// By process: the health check's Java has the option, too.
			.start(DemoImage.on(base), "JDK_JAVA_OPTIONS=-Xlog:class+load:file=/tmp/classes-%p.log")
			.awaitState("SERVING");
		String spring = generation.run("grep", " org.springframework.boot", "/tmp/classes-1.log");
		List<String> loaded = spring.lines().filter((line) -> !line.contains("Lambda")).toList();
		List<String> shared = loaded.stream().filter((line) -> line.contains("source: shared objects file")).toList();
		assertThat(shared).as("classes of Spring Boot from the cache").hasSizeGreaterThan(200);
		assertThat(shared.size()).as("of %d classes", loaded.size()).isGreaterThan(loaded.size() * 9 / 10);
	}

	@ParameterizedTest
	@MethodSource("bases")
	void theHealthCheckAsksThisInstance(String base) {
		Generation predecessor = this.site
			// For the server's JVM, and more than the health check's may have.
			.start(DemoImage.on(base),
					"JAVA_TOOL_OPTIONS=-Xms64m -agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:5005")
			.awaitState("SERVING");
		assertThat(predecessor.runHealthCheck()).isZero();
		// It offers nothing now, so the successor goes on starting.
		predecessor.pause();
		Generation successor = this.site.start(DemoImage.on(base), "HANDOFF_CONNECT_TIMEOUT=60s");
		Awaitility.await()
			.atMost(Duration.ofSeconds(40))
			.untilAsserted(() -> assertThat(successor.runHealthCheck()).as(() -> successor.logs()).isEqualTo(6));
		predecessor.unpause();
		successor.awaitState("SERVING");
		assertThat(successor.runHealthCheck()).isZero();
		Awaitility.await()
			.atMost(Duration.ofSeconds(40))
			.untilAsserted(() -> assertThat(successor.state().getHealth().getStatus()).isEqualTo("healthy"));
	}

	@ParameterizedTest
	@MethodSource("bases")
	void javaIsProcessOneOfAUserWithoutRightsAndDrainsAtSigterm(String base) {
		Generation generation = this.site.start(DemoImage.on(base)).awaitState("SERVING");
		assertThat(generation.run("cat", "/proc/1/comm")).isEqualTo("java\n");
		assertThat(generation.run("id", "-u")).isEqualTo("10001\n");
		assertThat(generation.run("java", "-jar", "handoff.jar", "trigger", "--control-socket",
				"/run/handoff/control.sock"))
			.contains("this process is the first one of its container (pid 1)", "a container of its own");
		assertThat(generation.run("touch", "/app/file")).contains("Read-only file system");
		CompletableFuture<HttpResponse<String>> slow = HttpClient.newHttpClient()
			.sendAsync(
					HttpRequest.newBuilder(URI.create("http://%s:%d/api/slow?ms=3000"
						.formatted(this.site.address().getHostString(), this.site.address().getPort()))).build(),
					HttpResponse.BodyHandlers.ofString());
		generation.awaitLog("Completed initialization");
		generation.stop(Duration.ofSeconds(30));
		assertThat(slow.orTimeout(10, TimeUnit.SECONDS).join().body()).startsWith("{\"generation\":0,");
		assertThat(generation.awaitExit()).isEqualTo(143);
	}

}
