package dev.handoff.demo.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Restarts the server under load, as {@code mvn -Pdemo} does. The tests in containers do
 * the same on JDK 25.
 */
@Tag("jdk-independent")
class HotRestartIT {

	@Test
	@Timeout(value = 4, unit = TimeUnit.MINUTES)
	void whenTheServerIsRestartedInEitherWayUnderLoadThenNoRequestFails(@TempDir Path directory) throws Exception {
		Path jar = Path.of(System.getProperty("demo.jar"));
		try (Demonstration demonstration = new Demonstration(jar, 2, Duration.ofSeconds(6), directory)) {
			boolean passed = demonstration.run();
			System.out.println(demonstration.outcome());
			assertThat(passed).as(() -> logs(directory)).isTrue();
			assertThat(demonstration.handoffsDone()).isEqualTo(2);
			assertThat(demonstration.handoffsRequested()).isEqualTo(1);
			assertThat(demonstration.tally().failed()).isZero();
			for (int generation = 0; generation <= 2; generation++) {
				assertThat(demonstration.tally().answeredBy(generation)).as("answers of generation " + generation)
					.isPositive();
			}
		}
	}

	private static String logs(Path directory) {
		StringBuilder logs = new StringBuilder();
		try (Stream<Path> files = Files.list(directory)) {
			for (Path log : files.filter((file) -> file.toString().endsWith(".log")).sorted().toList()) {
				logs.append("%n--- %s%n%s".formatted(log.getFileName(), Files.readString(log)));
			}
		}
		catch (IOException ex) {
			logs.append(ex);
		}
		return logs.toString();
	}

}
