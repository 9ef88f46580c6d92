package dev.handoff.boot;

import java.io.IOException;
import java.net.SocketException;
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
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What the clients of event streams see.
 */
@Tag("jdk-independent")
@Timeout(120)
@ExtendWith(Processes.class)
class EventStreamIT {

	private static final String SILENT = "/silent-emitter";

	private static final String POST = "POST %s HTTP/1.1\r\nHost: localhost\r\nAccept: %s\r\nContent-Length: 0\r\n\r\n";

	// What no EventSource sends.
	private static final List<String> ANSWERS = List.of(POST.formatted("/answer", "text/event-stream"),
			POST.formatted("/answer", "application/x-ndjson"),
			"GET /answer HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n");

	@TempDir
	Path directory;

	private final List<Client> clients = new ArrayList<>();

	private final List<RawConnection> connections = new ArrayList<>();

	@AfterEach
	void closeConnections() throws IOException {
		for (RawConnection connection : this.connections) {
			connection.close();
		}
	}

	@ParameterizedTest
	@CsvSource({ "TOMCAT, servlet, /events /emitter /silent-emitter /busy-events",
			"TOMCAT, reactive, /events /busy-events", "JETTY, servlet, /events /busy-events",
			"JETTY, reactive, /busy-events", "NETTY, reactive, /events /busy-events" })
	void streamsOfEventSourcesAreCompletedBetweenTwoEventsAndOthersHaveTheTimeOfTheDrain(ServerKind kind, String stack,
			String paths) throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory, kind, "--handoff.reconnect-spread=0s",
				"--spring.main.web-application-type=" + stack)) {
			int port = server.port();
			server.awaitServing();
			for (String path : paths.split(" ", -1)) {
				Client client = new Client(path, connect(port));
				this.clients.add(client);
				client.begin(server);
			}
			List<RawConnection> answers = new ArrayList<>();
			for (String request : ANSWERS) {
				answers.add(begin(connect(port), request));
			}
			RawConnection keptAlive = connect(port);
			keptAlive.get("/generation").response();
			server.process.signal("TERM");
			for (Client client : this.clients) {
				client.end();
			}
			keptAlive.get("/go-on").response();
			for (int i = 0; i < answers.size(); i++) {
				assertThat(chunks(answers.get(i))).as(ANSWERS.get(i)).contains("end");
			}
			closeConnections();
			assertThat(server.process.awaitExit()).isEqualTo(143);
			assertThat(server.process.output()).doesNotContain("The drain timed out");
		}
	}

	@ParameterizedTest
	@CsvSource({ "TOMCAT, servlet", "TOMCAT, reactive", "JETTY, servlet", "JETTY, reactive", "NETTY, reactive" })
	void whatIsLeftAtTheEndOfTheDrainDoesNotLookComplete(ServerKind kind, String stack) throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory, kind, "--handoff.drain-timeout=500ms",
				"--server.http2.enabled=true", "--spring.main.web-application-type=" + stack)) {
			int port = server.port();
			server.awaitServing();
			List<RawConnection> chunked = List.of(begin(connect(port), POST.formatted("/answer", "text/event-stream")),
					begin(connect(port), POST.formatted("/answer", "application/x-ndjson")),
					begin(connect(port), POST.formatted("/busy-events", "text/event-stream")));
			RawConnection untilTheEnd = connect(port).send("GET /answer HTTP/1.0\r\n\r\n");
			assertThat(untilTheEnd.head().status()).isEqualTo(200);
			untilTheEnd.read(1);
			try (Http2Connection http2 = Http2Connection.to(port)) {
				http2.get(1, "/answer").awaitData(1).get(3, "/busy-events").awaitData(3);
				server.process.signal("TERM");
				for (RawConnection connection : chunked) {
					assertThatThrownBy(() -> chunks(connection)).isInstanceOf(IOException.class);
				}
				assertThatThrownBy(untilTheEnd::rest).isInstanceOf(SocketException.class);
				assertThatThrownBy(() -> http2.goAways(Integer.MAX_VALUE)).isInstanceOf(IOException.class);
				assertThat(http2.ended()).isEmpty();
			}
			assertThat(server.process.awaitExit()).isEqualTo(143);
			// The application's part of the requests has ended too.
			assertThat(server.process.output()).contains("The drain timed out", "Graceful shutdown complete");
		}
	}

	private RawConnection connect(int port) throws IOException {
		RawConnection connection = RawConnection.to(port);
		this.connections.add(connection);
		return connection;
	}

	private static RawConnection begin(RawConnection connection, String request) throws IOException {
		connection.send(request);
		assertThat(connection.head().status()).isEqualTo(200);
		assertThat(connection.chunk()).isNotEmpty();
		return connection;
	}

	private static String chunks(RawConnection connection) throws IOException {
		StringBuilder chunks = new StringBuilder();
		for (String chunk = connection.chunk(); !chunk.isEmpty(); chunk = connection.chunk()) {
			chunks.append(chunk);
		}
		return chunks.toString();
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
			this.connection.getEvents(this.path);
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
				this.events.append(chunks(this.connection));
				assertThat(this.events.toString()).as(this.path).matches("(data:[^\\n]+\\n\\n)+");
			}
			// The connection was kept alive before, so it has to take one more request.
			assertThat(this.connection.get("/generation").response().saysClose()).as(this.path).isTrue();
			assertThat(this.connection.isAtEnd()).as(this.path).isTrue();
		}

	}

}
