package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.Processes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the clients of event streams see.
 */
@Tag("jdk-independent")
@Timeout(120)
@ExtendWith(Processes.class)
class EventStreamIT {

	private static final String SILENT = "/silent-emitter";

	@TempDir
	Path directory;

	private final List<Client> clients = new ArrayList<>();

	@AfterEach
	void closeClients() throws IOException {
		for (Client client : this.clients) {
			client.connection.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "TOMCAT, servlet, /events /emitter /silent-emitter /busy-events",
			"TOMCAT, reactive, /events /busy-events", "JETTY, servlet, /events /busy-events",
			"JETTY, reactive, /busy-events", "NETTY, reactive, /events /busy-events" })
	void streamsAreCompletedBetweenTwoEvents(ServerKind kind, String stack, String paths) throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory, kind, "--handoff.reconnect-spread=0s",
				"--spring.main.web-application-type=" + stack)) {
			int port = server.port();
			server.awaitServing();
			for (String path : paths.split(" ", -1)) {
				Client client = new Client(path, RawConnection.to(port));
				this.clients.add(client);
				client.begin(server);
			}
			server.process.signal("TERM");
			for (Client client : this.clients) {
				client.end();
			}
			assertThat(server.process.awaitExit()).isEqualTo(143);
			assertThat(server.process.output()).doesNotContain("The drain timed out");
		}
	}

	/**
	 * The client of one stream.
	 */
	private static final class Client {

		private final String path;

		private final RawConnection connection;

		private final StringBuilder events = new StringBuilder();

		Client(String path, RawConnection connection) {
			this.path = path;
			this.connection = connection;
		}

		void begin(SampleServer server) throws IOException {
			this.connection
				.send("GET " + this.path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
			if (this.path.equals(SILENT)) {
				server.process.await("Silent emitter arrived");
				assertThat(this.connection.isQuietFor(500)).isTrue();
			}
			else {
				assertThat(this.connection.head().headers().get("Content-Type")).startsWith("text/event-stream");
				this.events.append(this.connection.chunk());
			}
		}

		void end() throws IOException {
			if (this.path.equals(SILENT)) {
				assertThat(this.connection.response().body()).isEmpty();
			}
			else {
				for (String chunk = this.connection.chunk(); !chunk.isEmpty(); chunk = this.connection.chunk()) {
					this.events.append(chunk);
				}
				assertThat(this.events.toString()).as(this.path).matches("(data:[^\\n]+\\n\\n)+");
			}
			// The connection was kept alive before, so it has to take one more request.
			assertThat(this.connection.get("/generation").response().saysClose()).as(this.path).isTrue();
			assertThat(this.connection.isAtEnd()).as(this.path).isTrue();
		}

	}

}
