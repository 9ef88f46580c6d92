package dev.handoff;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A class of the library that is gone when a handoff needs it, as when the jar of a
 * running process is overwritten.
 */
@Tag("jdk-independent")
@Timeout(value = 180, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class FailOpenIT {

	private static final List<String> LISTENERS = List.of("http=127.0.0.1:0");

	@TempDir
	private Path directory;

	// What is needed first to make an offer, and to write its report; and everything.
	@ParameterizedTest
	@ValueSource(strings = { "holdings/ManifestEntry", "report/Attempt", "" })
	void aClassThatIsMissingAtTheHandoffEndsHandoffsAndNotTheService(String missing) throws Exception {
		Path classes = copyOfTheLibrary();
		ServerProcess server = start("server", classPath(classes));
		int port = server.port("http");
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		delete(classes.resolve("dev/handoff/internal"), missing + ".class");
		try (Load load = Load.on(port, 2)) {
			ServerProcess successor = start("successor", System.getProperty("java.class.path"));
			server.await("This process takes part in no handoff any more");
			server.await("NoClassDefFoundError.*" + missing);
			assertThat(successor.awaitExit()).isNotZero();
			int before = load.answeredBy(0);
			Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> load.answeredBy(0) > before + 100);
			assertThat(load.stop()).isEmpty();
		}
		// As without handoffs: stop the old one, start the new one.
		server.command("close");
		int exitCode = server.awaitExit();
		if (!missing.isEmpty()) {
			assertThat(exitCode).isZero();
		}
		ServerProcess next = start("next", System.getProperty("java.class.path"));
		next.await("^started generation 0");
	}

	private ServerProcess start(String name, String classPath) {
		List<String> jvmArgs = new ArrayList<>(ServerProcess.JVM_ARGS);
		jvmArgs.add("-Dtest.socket=" + this.directory.resolve("run/control.sock"));
		// The successor asks that long for what nobody gives it any more.
		jvmArgs.add("-Dtest.connect=12000");
		return ServerProcess.start(name, List.of(), jvmArgs, classPath, TestServer.class.getName(), LISTENERS,
				Map.of());
	}

	private static Path library() throws URISyntaxException {
		return Path.of(Handoff.class.getProtectionDomain().getCodeSource().getLocation().toURI());
	}

	private static String classPath(Path copy) throws URISyntaxException {
		String library = library().toString();
		String classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
			.map((entry) -> entry.equals(library) ? copy.toString() : entry)
			.collect(Collectors.joining(File.pathSeparator));
		assertThat(classPath).contains(copy.toString());
		return classPath;
	}

	private static void delete(Path directory, String end) throws IOException {
		try (Stream<Path> files = Files.walk(directory)) {
			List<Path> deleted = files.filter((file) -> file.toString().endsWith(end)).toList();
			assertThat(deleted).isNotEmpty();
			for (Path file : deleted) {
				Files.delete(file);
			}
		}
	}

	/**
	 * Returns a copy of which no class is loaded before it is needed.
	 */
	private Path copyOfTheLibrary() throws IOException, URISyntaxException {
		Path copy = this.directory.resolve("classes");
		Path library = library();
		if (Files.isDirectory(library)) {
			copy(library, copy);
		}
		else {
			try (FileSystem jar = FileSystems.newFileSystem(URI.create("jar:" + library.toUri()), Map.of())) {
				copy(jar.getPath("/"), copy);
			}
		}
		Files.delete(copy.resolve("META-INF/handoff/preload"));
		return copy;
	}

	private static void copy(Path from, Path to) throws IOException {
		try (Stream<Path> files = Files.walk(from)) {
			for (Path file : files.toList()) {
				Files.copy(file, to.resolve(from.relativize(file).toString()));
			}
		}
	}

}
