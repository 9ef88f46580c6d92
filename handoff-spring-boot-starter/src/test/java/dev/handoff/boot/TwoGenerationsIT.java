package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.Processes;
import dev.handoff.boot.sample.FilesApplication;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What two processes of one application, which live at once, cannot have at once.
 */
@Timeout(180)
@ExtendWith(Processes.class)
@Tag("jdk-independent")
class TwoGenerationsIT {

	private static final int SIGTERM_EXIT_CODE = 143;

	private static final String DATABASE_OPEN = "The database is open";

	@TempDir
	Path directory;

	@Test
	void filesRegistrationAndDatabaseAreThoseOfTheProcessThatServes() throws Exception {
		SampleServer first = start("first");
		int port = first.port();
		awaitPidOf(first);
		first.process.await(DATABASE_OPEN);
		assertThat(port()).hasContent(Integer.toString(port));

		SampleServer failing = start("failing", "--sample.database-at-start=true");
		assertThat(failing.process.awaitExit()).isOne();
		assertThat(failing.process.awaitOutput()).contains("Database may be already in use");
		requireAllOf(first, port);

		SampleServer second = start("second", "--handoff.observation-window=60s",
				"--handoff.ready-only-while-serving=false");
		awaitPidOf(second);
		second.process.await(DATABASE_OPEN);
		assertThat(first.process.awaitExit()).isZero();
		requireAllOf(second, port);

		SampleServer third;
		try (RawConnection health = keep(port); RawConnection readiness = keep(port)) {
			third = start("third");
			awaitPidOf(third);
			third.process.await(DATABASE_OPEN);
			assertThat(health.get("/actuator/health").response().status()).isEqualTo(200);
			assertThat(readiness.get("/actuator/health/readiness").response().status()).isEqualTo(200);
		}
		third.process.signal("TERM");
		assertThat(third.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
		awaitPidOf(second);
		second.process.await(DATABASE_OPEN);
		requireAllOf(second, port);

		second.process.signal("TERM");
		assertThat(second.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
		assertThat(List.of(pid(), port(), registered())).noneMatch(Files::exists);
	}

	private SampleServer start(String name, String... arguments) {
		List<String> all = new ArrayList<>(List.of("--sample.files=" + this.directory,
				"--sample.registered=" + registered(), "--sample.database=" + this.directory.resolve("database")));
		all.addAll(List.of(arguments));
		return SampleServer.start(name, this.directory, FilesApplication.class, all.toArray(new String[0]));
	}

	private static RawConnection keep(int port) throws IOException {
		RawConnection connection = RawConnection.to(port);
		assertThat(connection.get("/generation").response().saysClose()).isFalse();
		return connection;
	}

	// It is written when the process serves.
	private void awaitPidOf(SampleServer server) {
		server.awaitServing();
		Awaitility.await().untilAsserted(() -> assertThat(pid()).hasContent(Long.toString(server.process.pid())));
	}

	private void requireAllOf(SampleServer server, int port) {
		assertThat(pid()).hasContent(Long.toString(server.process.pid()));
		assertThat(port()).hasContent(Integer.toString(port));
		assertThat(registered()).exists();
	}

	private Path pid() {
		return this.directory.resolve("sample.pid");
	}

	private Path port() {
		return this.directory.resolve("sample.port");
	}

	private Path registered() {
		return this.directory.resolve("registered");
	}

}
