package dev.handoff.boot;

import java.nio.file.Path;

import dev.handoff.Processes;
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

	@TempDir
	Path directory;

	@ParameterizedTest
	@CsvSource({ "TOMCAT, servlet, /events", "TOMCAT, servlet, /emitter", "TOMCAT, servlet, /silent-emitter",
			"TOMCAT, servlet, /busy-events", "TOMCAT, reactive, /events", "TOMCAT, reactive, /busy-events",
			"JETTY, servlet, /events", "JETTY, servlet, /busy-events", "JETTY, reactive, /busy-events",
			"NETTY, reactive, /events", "NETTY, reactive, /busy-events" })
	void streamIsCompletedBetweenTwoEvents(ServerKind kind, String stack, String path) throws Exception {
		try (SampleServer server = SampleServer.start("server", this.directory, kind, "--handoff.reconnect-spread=0s",
				"--spring.main.web-application-type=" + stack)) {
			int port = server.port();
			server.awaitServing();
			try (RawConnection client = RawConnection.to(port)) {
				client.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
				if (path.equals("/silent-emitter")) {
					server.process.await("Silent emitter arrived");
					assertThat(client.isQuietFor(500)).isTrue();
					server.process.signal("TERM");
					assertThat(client.response().body()).isEmpty();
				}
				else {
					assertThat(client.head().headers().get("Content-Type")).startsWith("text/event-stream");
					StringBuilder events = new StringBuilder(client.chunk());
					server.process.signal("TERM");
					for (String chunk = client.chunk(); !chunk.isEmpty(); chunk = client.chunk()) {
						events.append(chunk);
					}
					assertThat(events.toString()).matches("(data:[^\\n]+\\n\\n)+");
				}
				// The connection was kept alive before, so it has to take one more
				// request.
				assertThat(client.get("/generation").response().saysClose()).isTrue();
				assertThat(client.isAtEnd()).isTrue();
			}
			assertThat(server.process.awaitExit()).isEqualTo(143);
			assertThat(server.process.output()).doesNotContain("The drain timed out");
		}
	}

}
