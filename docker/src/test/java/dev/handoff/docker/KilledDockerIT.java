package dev.handoff.docker;

import java.net.HttpURLConnection;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Either container is killed in each phase. What a killed process had accepted is lost;
 * no connection is refused, and the other one serves.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class KilledDockerIT {

	private static final String LONG_WINDOW = "HANDOFF_OBSERVATION_WINDOW=60s";

	/** A successor that is not served before the test has done what it is about. */
	private static final String HELD = "HANDOFF_RELEASE=manual";

	private final Site site = new Site();

	private Generation predecessor;

	private Load load;

	@BeforeEach
	void serve() {
		this.predecessor = this.site.start(DemoImage.name(), LONG_WINDOW).awaitState("SERVING");
		this.load = new Load(this.site);
		this.load.awaitMore(200);
	}

	@AfterEach
	void close() {
		this.load.close();
		this.site.close();
	}

	@Test
	void successorWhileItStarts() {
		Generation successor = this.site.start(DemoImage.name(), HELD);
		this.predecessor.awaitState("OFFERING");
		successor.signal("KILL");
		assertThat(successor.awaitExit()).isEqualTo(137);
		// Not because of a deadline.
		this.predecessor.awaitLog(" is gone, still serving (generation 0");
		this.load.awaitMore(500);
		this.load.end();
		assertThat(this.load.failed()).as(this.load.report()).isZero();
	}

	@Test
	void successorWhileItIsObserved() {
		Generation successor = this.site.start(DemoImage.name()).awaitState("SERVING");
		this.load.awaitAnswerOf(1);
		successor.signal("KILL");
		assertThat(successor.awaitExit()).isEqualTo(137);
		this.predecessor.awaitLog(" is gone, still serving (generation 0");
		this.load.awaitMore(500);
		endWithoutRefusals();
	}

	@Test
	void predecessorWhileTheSuccessorStarts() {
		Generation successor = this.site.start(DemoImage.name(), HELD);
		this.predecessor.awaitState("OFFERING");
		this.predecessor.signal("KILL");
		assertThat(this.predecessor.awaitExit()).isEqualTo(137);
		successor.awaitState("SERVING");
		this.load.awaitAnswerOf(1);
		endWithoutRefusals();
	}

	@Test
	void predecessorWhileItObserves() {
		Generation successor = this.site.start(DemoImage.name()).awaitState("SERVING");
		this.predecessor.awaitState("OBSERVING");
		this.predecessor.signal("KILL");
		assertThat(this.predecessor.awaitExit()).isEqualTo(137);
		this.load.awaitAnswerOf(1);
		this.load.awaitMore(500);
		assertThat(successor.status()).contains("state: SERVING");
		endWithoutRefusals();
	}

	@Test
	void predecessorWhileItDrains() {
		this.load.end();
		CompletableFuture<HttpResponse<String>> slow = get("/api/slow?ms=60000");
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.predecessor.status()).containsPattern("(?m)^connections: 1$"));
		Generation successor = this.site.start(DemoImage.name()).awaitState("SERVING");
		// Makes it close its copies at once; it has the slow request in hand.
		this.predecessor.signal("TERM");
		this.predecessor.awaitState("DRAINING");
		this.predecessor.signal("KILL");
		assertThat(this.predecessor.awaitExit()).isEqualTo(137);
		assertThat(slow).failsWithin(Duration.ofSeconds(10));
		for (int i = 0; i < 20; i++) {
			assertThat(get("/api/whoami").orTimeout(10, TimeUnit.SECONDS).join().body())
				.startsWith("{\"generation\":1,");
		}
		assertThat(successor.status()).contains("state: SERVING");
	}

	@Test
	void predecessorStoppedWhileTheSuccessorStartsFinishesWhatItHas() {
		Generation successor = this.site.start(DemoImage.name(), HELD);
		this.predecessor.awaitState("OFFERING");
		this.predecessor.stop(Duration.ofSeconds(40));
		assertThat(this.predecessor.awaitExit()).as(this.predecessor.logs()).isEqualTo(143);
		successor.awaitState("SERVING");
		this.load.awaitAnswerOf(1);
		this.load.end();
		assertThat(this.load.failed()).as(this.load.report()).isZero();
	}

	private void endWithoutRefusals() {
		this.load.end();
		assertThat(this.load.refused()).as(this.load.report()).isZero();
	}

	private CompletableFuture<HttpResponse<String>> get(String path) {
		URI uri = URI.create(
				"http://%s:%d%s".formatted(this.site.address().getHostString(), this.site.address().getPort(), path));
		return HttpClient.newHttpClient()
			.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
			.thenApply((response) -> {
				assertThat(response.statusCode()).isEqualTo(HttpURLConnection.HTTP_OK);
				return response;
			});
	}

}
