package dev.handoff.boot;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import javax.tools.ToolProvider;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.sample.SampleApplication;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Handoffs of an application that Spring Boot has processed ahead of time, on a JVM: what
 * its build did not know is configured when it is started.
 */
@Timeout(180)
@ExtendWith(Processes.class)
@Tag("jdk-independent")
class AheadOfTimeIT {

	private static final String STARTED = "Tomcat started on port (\\d+)";

	@TempDir
	private Path directory;

	@Test
	void whatIsConfiguredAtTheStartIsDone() throws Exception {
		processAheadOfTime();
		try (ServerProcess first = start("first")) {
			int port = Integer.parseInt(first.await(STARTED).group(1));
			first.await("-> SERVING");
			try (ServerProcess second = start("second", "--handoff.successor.signal=usr1",
					"--handoff.successor.command=/nowhere/java")) {
				second.await("-> SERVING");
				assertThat(first.awaitExit()).isZero();
				assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("generation 1");
				second.signal("USR1");
				second.await("SIGUSR1 started no successor: .*/nowhere/java");
			}
		}
		try (ServerProcess alone = start("alone", "--handoff.enabled=false")) {
			alone.await("Handoff is off: handoff.enabled=false");
			int port = Integer.parseInt(alone.await(STARTED).group(1));
			assertThat(SampleServer.get(port, "/generation").body()).isEqualTo("no handoff");
		}
	}

	private void processAheadOfTime() throws IOException {
		List<String> arguments = new ArrayList<>(List.of(SampleApplication.class.getName(), sources().toString(),
				resources().toString(), classes().toString(), "dev.handoff", "sample"));
		arguments.addAll(arguments());
		arguments.add("--spring.application.name=sample");
		try (ServerProcess processor = ServerProcess.start("processor", List.of(), jvmArguments(),
				SampleArchive.CLASS_PATH, "org.springframework.boot.SpringApplicationAotProcessor", arguments,
				Map.of())) {
			assertThat(processor.awaitExit()).as(processor.awaitOutput()).isZero();
		}
		compile();
	}

	private void compile() throws IOException {
		List<String> arguments = new ArrayList<>(List.of("-nowarn", "-proc:none", "-d", classes().toString(), "-cp",
				classes() + File.pathSeparator + SampleArchive.CLASS_PATH));
		try (Stream<Path> files = Files.walk(sources())) {
			files.map(Path::toString).filter((file) -> file.endsWith(".java")).forEach(arguments::add);
		}
		ByteArrayOutputStream output = new ByteArrayOutputStream();
		int failures = ToolProvider.getSystemJavaCompiler().run(null, output, output, arguments.toArray(new String[0]));
		assertThat(failures).as(output.toString(StandardCharsets.UTF_8)).isZero();
	}

	private ServerProcess start(String name, String... more) {
		List<String> jvmArguments = jvmArguments();
		jvmArguments.add("-Dspring.aot.enabled=true");
		String classPath = String.join(File.pathSeparator, SampleArchive.CLASS_PATH, classes().toString(),
				resources().toString());
		List<String> arguments = arguments();
		arguments.addAll(List.of(more));
		return ServerProcess.start(name, List.of(), jvmArguments, classPath, SampleApplication.class.getName(),
				SampleServer.arguments(this.directory, arguments.toArray(new String[0])), Map.of());
	}

	private static List<String> arguments() {
		List<String> arguments = new ArrayList<>(ServerKind.TOMCAT.arguments());
		arguments.add("--management.server.port=0");
		return arguments;
	}

	private static List<String> jvmArguments() {
		List<String> arguments = new ArrayList<>(ServerProcess.JVM_ARGS);
		arguments.add(SampleArchive.jvmArgument());
		return arguments;
	}

	private Path sources() {
		return this.directory.resolve("sources");
	}

	private Path resources() {
		return this.directory.resolve("resources");
	}

	private Path classes() {
		return this.directory.resolve("classes");
	}

}
