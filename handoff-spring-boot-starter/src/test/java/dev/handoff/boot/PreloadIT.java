package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.sample.SampleApplication;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that is replaced or terminated loads no class of its class path any more:
 * that may have changed.
 */
@Tag("jdk-independent")
@Timeout(180)
@ExtendWith(Processes.class)
class PreloadIT {

	// Tomcat makes it anew for each application, and goes on without it.
	private static final String OPTIONAL = "org.apache.catalina.loader.JdbcLeakPrevention";

	// Classes of the tests, which are in a directory, are not counted.
	private static final Pattern FROM_JAR = Pattern
		.compile("\\] (\\S+) source: (?:jar:)?file:(?!\\S*test-classes)\\S+");

	@TempDir
	Path directory;

	@ParameterizedTest
	@EnumSource
	void aPredecessorNeedsNoMoreClasses(ServerKind kind) throws Exception {
		ServerProcess server = start(kind);
		List<String> loaded = loaded();
		SampleServer failing = SampleServer.start("failing", this.directory, kind, "--sample.fail=true");
		assertThat(failing.process.awaitExit()).isEqualTo(1);
		SampleServer.start("successor", this.directory, kind).awaitServing();
		assertThat(server.awaitExit()).isZero();
		assertThat(loaded()).containsExactlyElementsOf(loaded);
	}

	@ParameterizedTest
	@EnumSource
	void aTerminatedServerNeedsNoMoreClasses(ServerKind kind) throws Exception {
		ServerProcess server = start(kind);
		List<String> loaded = loaded();
		server.signal("TERM");
		assertThat(server.awaitExit()).isEqualTo(143);
		assertThat(loaded()).containsExactlyElementsOf(loaded);
	}

	private ServerProcess start(ServerKind kind) throws IOException {
		List<String> jvmArguments = new ArrayList<>(kind.jvmArguments());
		jvmArguments.add("-Xlog:class+load:file=" + log());
		List<String> arguments = new ArrayList<>(kind.arguments());
		arguments.add("--logging.level.dev.handoff=debug");
		ServerProcess server = ServerProcess.start("server", List.of(), jvmArguments, SampleApplication.class.getName(),
				SampleServer.arguments(this.directory, arguments.toArray(new String[0])));
		int port = Integer.parseInt(server.await("(?:Tomcat|Jetty|Netty) started on port (\\d+)").group(1));
		server.await("classes that a handoff and the exit may need are loaded");
		// What requests need is the application's.
		for (int i = 0; i < 2; i++) {
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 0");
		}
		return server;
	}

	private Path log() {
		return this.directory.resolve("classes.log");
	}

	private List<String> loaded() throws IOException {
		try (Stream<String> lines = Files.lines(log())) {
			return lines.map(FROM_JAR::matcher)
				.filter(Matcher::find)
				.map((line) -> line.group(1))
				.filter((name) -> !name.equals(OPTIONAL))
				.toList();
		}
	}

}
