package dev.handoff.boot;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import dev.handoff.Processes;
import dev.handoff.boot.EndpointClient.KeptConnection;
import dev.handoff.boot.load.LoadClient;
import dev.handoff.boot.load.Tally;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An operator's requests in each phase of a handoff, and under load.
 */
@Tag("jdk-independent")
@Timeout(240)
@ExtendWith(Processes.class)
class OperatorIT {

	private static final Logger logger = LoggerFactory.getLogger(OperatorIT.class);

	/** The thread that would make a successor give back. */
	private static final String HEALTH_CHECKS = "handoff-health";

	private final List<EndpointClient> operators = new ArrayList<>();

	@TempDir
	Path directory;

	private int port;

	@AfterEach
	void endSuccessors() throws IOException {
		for (EndpointClient operator : this.operators) {
			operator.close();
		}
	}

	@Test
	void abortAndReclaimInEachPhase() throws Exception {
		EndpointClient operator = start("--handoff.release=manual", "--handoff.observation-window=60s");
		assertRefused(operator.delete(), "NO_HANDOFF");
		assertRefused(operator.post("/reclaim"), "NO_HANDOFF");
		assertRefused(operator.post("/release"), "NO_HANDOFF");

		Files.writeString(obstacle(), "wait");
		assertOneOfManyIsAnswered(operator);
		operator.await("", "\"phase\":\"STARTING\"");
		assertRefused(operator.post("/reclaim"), "TOO_EARLY");
		assertRefused(operator.post("/release"), "TOO_EARLY");
		assertRefused(operator.post(""), "launch-1");
		assertApplied(operator.delete());
		operator.await("/launch-1", "\"state\":\"FAILED\"");
		assertThat(operator.get("/launch-2").statusCode()).isEqualTo(404);

		Files.delete(obstacle());
		assertThat(operator.post("").statusCode()).isEqualTo(202);
		operator.await("", "\"phase\":\"STANDBY\"");
		assertRefused(operator.post("/reclaim"), "TOO_EARLY");
		assertApplied(operator.delete());
		operator.await("/launch-2", "\"state\":\"FAILED\"");
		assertRefused(operator.delete(), "NO_HANDOFF");
		assertThat(operator.get("").body()).contains("\"state\":\"SERVING\"");

		for (boolean askSuccessor : new boolean[] { false, true }) {
			assertThat(operator.post("").statusCode()).isEqualTo(202);
			operator.await("", "\"phase\":\"STANDBY\"");
			KeptConnection toAbort = operator.keep();
			KeptConnection toPost = operator.keep();
			KeptConnection toReclaim = operator.keep();
			assertApplied(operator.post("/release"));
			operator.awaitGeneration(1);
			assertRefused(operator.delete(), "TOO_LATE");
			assertRefused(toAbort.ask("DELETE", ""), "TOO_LATE");
			assertRefused(toPost.ask("POST", ""), "launch-");
			if (askSuccessor) {
				assertApplied(operator.post("/reclaim"));
			}
			else {
				RawConnection.Response reclaimed = toReclaim.ask("POST", "/reclaim");
				assertThat(reclaimed.status()).as(reclaimed.body()).isEqualTo(200);
			}
			operator.awaitGeneration(0);
			operator.await("", "\"outcome\":\"RECLAIMED\"");
			Awaitility.await().until(() -> !operator.get("").body().contains("\"currentHandoff\":\""));
			awaitNoLaunch(operator);
		}
	}

	@Test
	void drainingProcessIsAskedInVain() throws Exception {
		EndpointClient operator = start("--handoff.observation-window=100ms", "--handoff.drain-timeout=120s");
		KeptConnection toAbort = operator.keep();
		KeptConnection toPost = operator.keep();
		KeptConnection toReclaim = operator.keep();
		try (RawConnection slow = RawConnection.to(this.port); RawConnection end = RawConnection.to(this.port)) {
			slow.get("/slow");
			end.get("/generation").response();
			HttpResponse<String> result = operator.post("?wait=60s");
			assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
			operator.awaitGeneration(1);
			assertRefused(toAbort.ask("DELETE", ""), "TOO_LATE");
			assertRefused(toReclaim.ask("POST", "/reclaim"), "TOO_LATE");
			assertRefused(toPost.ask("POST", ""), "DRAINING");
			assertRefused(operator.post("/reclaim"), "TOO_LATE");
			// The one that serves can be followed while its predecessor still drains.
			HttpResponse<String> next = operator.post("?wait=60s");
			assertThat(next.statusCode()).as(next.body()).isEqualTo(200);
			operator.awaitGeneration(2);
			end.get("/release").response();
			assertThat(slow.response().body()).isEqualTo("slow");
		}
	}

	@Test
	void successorThatIsIllGivesBackIfThatIsWanted() throws Exception {
		Path sick = this.directory.resolve("sick");
		EndpointClient operator = start("--handoff.observation-window=60s", "--handoff.reclaim-when-down=true",
				"--sample.sick=" + sick);
		assertThat(operator.post("").statusCode()).isEqualTo(202);
		operator.awaitGeneration(1);
		Awaitility.await().until(() -> operator.threadsOfSuccessor().contains(HEALTH_CHECKS));
		assertThat(SampleServer.get(this.port, "/actuator/health").status()).isEqualTo(200);
		Files.writeString(sick, "");
		operator.awaitGeneration(0);
		operator.await("/launch-1", "\"outcome\":\"RECLAIMED\"");
		// The predecessor is as ill, and goes on serving.
		assertThat(SampleServer.get(this.port, "/actuator/health").status()).isEqualTo(503);
	}

	@Test
	void successorThatIsIllServesOnOtherwise() throws Exception {
		Path sick = this.directory.resolve("sick");
		EndpointClient operator = start("--handoff.observation-window=60s", "--sample.sick=" + sick);
		assertThat(operator.post("").statusCode()).isEqualTo(202);
		operator.awaitGeneration(1);
		Files.writeString(sick, "");
		assertThat(SampleServer.get(this.port, "/actuator/health").status()).isEqualTo(503);
		assertThat(operator.threadsOfSuccessor()).isNotEmpty().doesNotContain(HEALTH_CHECKS);
		operator.awaitGeneration(1);
		assertApplied(operator.post("/reclaim"));
		operator.awaitGeneration(0);
	}

	@Test
	void nothingFailsUnderLoad() throws Exception {
		EndpointClient operator = start("--handoff.observation-window=15s", "--logging.level.dev.handoff=info");
		List<LoadClient> clients = LoadClient.startInJvm(URI.create("http://127.0.0.1:" + this.port));
		try {
			Files.writeString(obstacle(), "fail");
			HttpResponse<String> result = operator.post("?wait=90s");
			assertThat(result.statusCode()).as(result.body()).isEqualTo(500);
			assertThat(result.body()).contains("exit code 1");
			Files.delete(obstacle());

			// Reclaimed by whoever is asked.
			for (boolean askSuccessor : new boolean[] { true, false }) {
				awaitNoLaunch(operator);
				KeptConnection predecessor = operator.keep();
				assertThat(operator.post("").statusCode()).isEqualTo(202);
				operator.awaitGeneration(1);
				if (askSuccessor) {
					assertApplied(operator.post("/reclaim"));
				}
				else {
					assertThat(predecessor.ask("POST", "/reclaim").status()).isEqualTo(200);
				}
				operator.awaitGeneration(0);
			}
			awaitNoLaunch(operator);
			result = operator.post("?wait=90s");
			assertThat(result.statusCode()).as(result.body()).isEqualTo(200);
			operator.awaitGeneration(1);
		}
		finally {
			List<Tally> tallies = new ArrayList<>();
			for (LoadClient client : clients) {
				tallies.add(client.stop());
			}
			logger.info("1 failed start, 2 reclaims, 1 handoff: {}", tallies);
			assertThat(tallies).allSatisfy((tally) -> assertThat(tally.isClean()).as(tally.toString()).isTrue());
			assertThat(tallies).allSatisfy((tally) -> assertThat(tally.requests()).isPositive());
		}
	}

	@Test
	void fiveSuccessorsThatStart250MillisecondsApart() throws Exception {
		String[] arguments = { "--handoff.observation-window=250ms", "--handoff.step-timeout=20s",
				"--handoff.connect-timeout=60s" };
		EndpointClient operator = start(arguments);
		List<LoadClient> clients = LoadClient.startInJvm(URI.create("http://127.0.0.1:" + this.port));
		List<SampleServer> successors = new ArrayList<>();
		try {
			for (int i = 1; i <= 5; i++) {
				successors.add(server("successor " + i, arguments));
				// The distance at which supervisors start again.
				Awaitility.await().pollDelay(Duration.ofMillis(250)).until(() -> true);
			}
			// Each either serves in turn or is told to come back; one serves in the end.
			Awaitility.await()
				.atMost(Duration.ofSeconds(90))
				.until(() -> successors.stream()
					.allMatch(
							(successor) -> successor.process.hasPrinted("-> SERVING") || !successor.process.isAlive()));
			long served = successors.stream().filter((successor) -> successor.process.hasPrinted("-> SERVING")).count();
			assertThat(served).isPositive();
			operator.awaitGeneration((int) served);
			assertThat(successors).filteredOn((successor) -> !successor.process.hasPrinted("-> SERVING"))
				.allSatisfy((refused) -> assertThat(refused.process.awaitOutput()).contains("BUSY"));
			Awaitility.await()
				.atMost(Duration.ofSeconds(60))
				.until(() -> successors.stream().filter((successor) -> successor.process.isAlive()).count() == 1);
			logger.info("{} of 5 have served", served);
		}
		finally {
			for (LoadClient client : clients) {
				Tally tally = client.stop();
				assertThat(tally.isClean()).as(tally.toString()).isTrue();
			}
		}
	}

	private static void assertOneOfManyIsAnswered(EndpointClient operator) throws Exception {
		ExecutorService executor = Executors.newFixedThreadPool(4);
		try {
			Callable<HttpResponse<String>> post = () -> operator.post("");
			List<Integer> codes = new ArrayList<>();
			for (Future<HttpResponse<String>> answer : executor.invokeAll(List.of(post, post, post, post))) {
				codes.add(answer.get().statusCode());
			}
			assertThat(codes).containsExactlyInAnyOrder(202, 409, 409, 409);
		}
		finally {
			executor.shutdown();
		}
	}

	private void awaitNoLaunch(EndpointClient operator) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> operator.get("").body().contains("\"state\":\"SERVING\"") && launches(operator) == 0);
	}

	private static int launches(EndpointClient operator) throws Exception {
		int running = 0;
		for (int i = 1; operator.get("/launch-" + i).statusCode() == 200; i++) {
			running += operator.get("/launch-" + i).body().contains("\"state\":\"RUNNING\"") ? 1 : 0;
		}
		return running;
	}

	private static void assertApplied(HttpResponse<String> response) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
	}

	private static void assertRefused(HttpResponse<String> response, String reason) {
		assertThat(response.statusCode()).as(response.body()).isEqualTo(409);
		assertThat(response.body()).contains(reason);
	}

	private static void assertRefused(RawConnection.Response response, String reason) {
		assertThat(response.status()).as(response.body()).isEqualTo(409);
		assertThat(response.body()).contains(reason);
	}

	private Path obstacle() {
		return this.directory.resolve("obstacle");
	}

	private EndpointClient start(String... arguments) {
		SampleServer server = server("server", arguments);
		this.port = server.port();
		server.awaitServing();
		EndpointClient operator = new EndpointClient(this.port);
		this.operators.add(operator);
		return operator;
	}

	private SampleServer server(String name, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--management.endpoints.web.exposure.include=handoff,health",
				"--management.endpoint.handoff.access=unrestricted", "--sample.obstacle=" + obstacle()));
		all.addAll(List.of(arguments));
		return SampleServer.start(name, this.directory, all.toArray(new String[0]));
	}

}
