package dev.handoff.boot;

import java.nio.file.Path;

import dev.handoff.Processes;
import dev.handoff.boot.RawConnection.Response;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handoffs of applications that have Spring do things in other ways than usual.
 */
@Timeout(180)
@ExtendWith(Processes.class)
@Tag("jdk-independent")
class VariantsIT {

	private static final int SIGTERM_EXIT_CODE = 143;

	@TempDir
	private Path directory;

	@ParameterizedTest
	@EnumSource(names = { "TOMCAT", "NETTY" })
	void lazyBeansOwnCustomizersAndAnAsynchronousMulticasterChangeNothing(ServerKind kind) throws Exception {
		try (SampleServer first = start("first", kind)) {
			first.process.await("Listener 'server' bound at /127.0.0.1:");
			int port = first.port();
			first.awaitServing();
			try (RawConnection keptAlive = RawConnection.to(port)) {
				requireCustomized(kind, first, keptAlive.get("/generation").response());
				try (SampleServer second = start("second", kind)) {
					second.process.await("Listener 'server' inherited at /127.0.0.1:" + port);
					second.awaitServing();
					askUntilItCloses(keptAlive);
					assertThat(first.process.awaitExit()).isZero();
					try (RawConnection last = RawConnection.to(port)) {
						Response response = last.get("/generation").response();
						assertThat(response.body()).isEqualTo("generation 1");
						requireCustomized(kind, second, response);
						terminate(kind, second, port, last);
					}
				}
			}
		}
	}

	private static void terminate(ServerKind kind, SampleServer server, int port, RawConnection keptAlive)
			throws Exception {
		try (RawConnection slow = RawConnection.to(port)) {
			if (kind == ServerKind.TOMCAT) {
				// Needs a bean when it ends.
				slow.get("/slow");
				server.process.await("Slow request arrived");
			}
			server.process.signal("TERM");
			server.process.await("SERVING -> DRAINING");
			Response last = keptAlive.get("/release").response();
			assertThat(last.status()).isEqualTo(200);
			assertThat(last.saysClose()).isTrue();
			if (kind == ServerKind.TOMCAT) {
				assertThat(slow.response().body()).isEqualTo("slow");
			}
		}
		assertThat(server.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
		assertThat(server.process.output()).doesNotContain("Exception").doesNotContain("ERROR");
	}

	private static void requireCustomized(ServerKind kind, SampleServer server, Response response) {
		assertThat(response.status()).isEqualTo(200);
		if (kind == ServerKind.TOMCAT) {
			assertThat(response.headers()).containsEntry("Server", "customized");
		}
		else {
			server.process.awaitAll("Customized channel, keep-alive true", "Customized connection",
					"Customized handle");
		}
	}

	private SampleServer start(String name, ServerKind kind) {
		return SampleServer.start(name, this.directory, kind, "--spring.main.lazy-initialization=true",
				"--sample.asynchronous-events=true", "--sample.customized=true");
	}

	private static void askUntilItCloses(RawConnection connection) {
		Awaitility.await().until(() -> {
			Response response = connection.get("/generation").response();
			assertThat(response.status()).isEqualTo(200);
			return response.saysClose();
		});
	}

}
