package dev.handoff.boot;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.Processes;
import dev.handoff.boot.load.LoadClient;
import dev.handoff.boot.load.Tally;
import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * All transitions between kinds of servers, one after the other, under the load of
 * clients from outside this project that never retry.
 */
@Tag("jdk-independent")
@Timeout(1800)
@ExtendWith(Processes.class)
class ExternalClientsIT {

	private static final Logger logger = LoggerFactory.getLogger(ExternalClientsIT.class);

	/** What an ordinary test run has time for. */
	private static final List<ServerKind> SHORT_WALK = List.of(ServerKind.JETTY, ServerKind.NETTY, ServerKind.TOMCAT);

	@TempDir
	Path directory;

	@ParameterizedTest(name = "TLS {0}")
	@ValueSource(booleans = { false, true })
	void noRequestFails(boolean tls) throws Exception {
		requireClients();
		List<String> arguments = new ArrayList<>(
				List.of("--server.http2.enabled=true", "--logging.level.dev.handoff=info"));
		if (tls) {
			arguments.addAll(TestKeystore.in(this.directory).arguments());
		}
		SampleServer serving = start("0", ServerKind.TOMCAT, 0, arguments);
		List<LoadClient> clients = new ArrayList<>();
		try {
			int port = serving.port();
			serving.awaitServing();
			LoadClient.startAll(URI.create("%s://127.0.0.1:%d".formatted(tls ? "https" : "http", port)), clients);
			int circuits = Integer.getInteger("circuits", 0);
			List<ServerKind> walk = (circuits == 0) ? SHORT_WALK
					: Stream.generate(ServerKind::circuit).limit(circuits).flatMap(List::stream).toList();
			for (int i = 0; i < walk.size(); i++) {
				SampleServer successor = start(Integer.toString(i + 1), walk.get(i), port, arguments);
				SampleServer predecessor = serving;
				serving = successor;
				try (predecessor) {
					successor.awaitServing();
					assertThat(predecessor.process.awaitExit()).isZero();
					assertThat(predecessor.process.output()).doesNotContain("The drain timed out");
				}
			}
			List<Tally> tallies = new ArrayList<>();
			for (LoadClient client : clients) {
				tallies.add(client.stop());
			}
			logger.info("{} handoffs, TLS {}: {}", walk.size(), tls, tallies);
			assertThat(tallies).allSatisfy((tally) -> assertThat(tally.isClean()).as(tally.toString()).isTrue());
			assertThat(tallies).allSatisfy((tally) -> assertThat(tally.requests()).isPositive());
		}
		finally {
			clients.forEach(LoadClient::close);
			serving.close();
		}
	}

	private SampleServer start(String name, ServerKind kind, int port, List<String> arguments) {
		List<String> all = new ArrayList<>(arguments);
		all.add("--server.port=" + port);
		return SampleServer.start(name, this.directory, kind, all.toArray(new String[0]));
	}

	private static void requireClients() {
		Requirement.CLIENTS.checkProgram("wrk", "wrk");
		Requirement.CLIENTS.checkProgram("h2load", "nghttp2-client");
		Requirement.CLIENTS.checkProgram("curl", "curl");
	}

}
