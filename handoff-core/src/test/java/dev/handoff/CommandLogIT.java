package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import dev.handoff.example.CommandLog;
import dev.handoff.testsupport.ProcessTree;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The program of the page on files and pipes, which owns a file and a pipe.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class CommandLogIT {

	@TempDir
	private Path directory;

	@Test
	void theDocumentationShowsTheProgramThatIsTested() throws IOException {
		String source = Files.readString(Path.of("src/test/java/dev/handoff/example/CommandLog.java"));
		String body = source.substring(source.indexOf("\t\tHandoffOptions"), source.lastIndexOf("\t}"));
		assertThat(Files.readString(Path.of("docs/files-and-pipes.md")))
			.contains("```java\n" + body.replaceAll("(?m)^\t\t", "") + "```");
	}

	@Test
	void itIsRestartedWithoutALostLine() throws Exception {
		Path commands = this.directory.resolve("commands");
		Path log = this.directory.resolve("log");
		Path stop = this.directory.resolve("stop");
		assertThat(new ProcessBuilder("mkfifo", commands.toString()).start().waitFor()).isZero();
		try (ServerProcess first = start("first", commands, log)) {
			first.await("STARTING -> SERVING");
			Process writer = new ProcessBuilder("bash", "-c",
					"exec 9>%s; i=0; until [ -e %s ]; do echo \"command $i\" >&9; i=$((i+1)); done; echo $i"
						.formatted(commands, stop))
				.start();
			try (ServerProcess second = start("second", commands, log)) {
				second.await("File 'commands' inherited");
				second.await("File 'log' inherited");
				second.await("STANDBY -> SERVING");
				assertThat(first.awaitExit()).isZero();
				Files.createFile(stop);
				int count = Integer.parseInt(writer.inputReader().readLine());
				assertThat(writer.waitFor()).isZero();
				Awaitility.await()
					.atMost(Duration.ofSeconds(30))
					// The last line may be half there while it is written.
					.untilAsserted(() -> assertThat(linesOf(log).cardinality()).isEqualTo(count));
				assertThat(second.isAlive()).isTrue();
			}
			finally {
				ProcessTree.end(writer.toHandle());
			}
		}
	}

	private static BitSet linesOf(Path log) throws IOException {
		BitSet numbers = new BitSet();
		try (Stream<String> lines = Files.lines(log)) {
			lines.forEach((line) -> {
				assertThat(line).matches("command \\d+");
				int number = Integer.parseInt(line.substring("command ".length()));
				assertThat(numbers.get(number)).as("line '%s' is there twice", line).isFalse();
				numbers.set(number);
			});
		}
		return numbers;
	}

	private ServerProcess start(String name, Path commands, Path log) {
		return ServerProcess.start(name, List.of(), ServerProcess.JVM_ARGS, System.getProperty("java.class.path"),
				CommandLog.class.getName(), List.of(commands.toString(), log.toString()),
				Map.of("XDG_RUNTIME_DIR", this.directory.toString()));
	}

}
