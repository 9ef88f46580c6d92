package dev.handoff.boot;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.ServerProcess;
import dev.handoff.boot.sample.SampleApplication;
import org.springframework.util.FileSystemUtils;

/**
 * An archive of the classes that samples load from jars, for class data sharing: without
 * it the tests spend most of their time on loading and verifying them. Made by the first
 * test of a build that needs it, for one JDK.
 */
final class SampleArchive {

	private static final long LIMIT_SECONDS = 180;

	// Which the JVM allows in an archive; directories have to come after them.
	private static final List<String> JARS = entries(true);

	/** The class path of samples. */
	static final String CLASS_PATH = Stream.concat(JARS.stream(), entries(false).stream())
		.collect(Collectors.joining(File.pathSeparator));

	private static final Path FILE = make();

	private SampleArchive() {
	}

	/**
	 * Returns the option that makes the JVM use it.
	 */
	static String jvmArgument() {
		return "-XX:SharedArchiveFile=" + FILE;
	}

	private static List<String> entries(boolean jars) {
		return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
			.filter((entry) -> entry.endsWith(".jar") == jars)
			.toList();
	}

	private static Path make() {
		try {
			Path directory = Files.createDirectories(Path.of("target", "sample-archive"));
			Path archive = directory.resolve("%s-%08x.jsa".formatted(Runtime.version().feature(), state().hashCode()))
				.toAbsolutePath();
			try (FileChannel lock = FileChannel.open(directory.resolve("lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE)) {
				// Several JVMs run tests.
				lock.lock();
				if (!Files.exists(archive)) {
					dump(archive, record(directory));
				}
			}
			return archive;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	// The JVM does not use an archive of jars that have changed.
	private static List<Object> state() throws IOException {
		List<Object> state = new ArrayList<>();
		for (String jar : JARS) {
			state.add(jar);
			state.add(Files.getLastModifiedTime(Path.of(jar), LinkOption.NOFOLLOW_LINKS));
		}
		return state;
	}

	/**
	 * Runs each kind of server once.
	 * @return a list of the classes that they load
	 */
	private static Path record(Path directory) throws IOException {
		Set<String> classes = new LinkedHashSet<>();
		Path sockets = Files.createTempDirectory("sample");
		List<ServerProcess> servers = new ArrayList<>();
		for (ServerKind kind : ServerKind.servers()) {
			List<String> jvmArguments = new ArrayList<>(ServerProcess.JVM_ARGS);
			jvmArguments.addAll(List.of("-Xshare:off", "-XX:DumpLoadedClassList=" + list(directory, kind)));
			List<String> arguments = new ArrayList<>(kind.arguments());
			arguments.add("--logging.level.dev.handoff=debug");
			servers.add(ServerProcess.start("recorded " + kind, List.of(), jvmArguments, CLASS_PATH,
					SampleApplication.class.getName(),
					SampleServer.arguments(sockets.resolve(kind.name()), arguments.toArray(new String[0])), Map.of()));
		}
		for (ServerProcess server : servers) {
			server.await("classes that a handoff and the exit may need are loaded");
			server.signal("TERM");
			server.awaitExit();
		}
		for (ServerKind kind : ServerKind.servers()) {
			Files.readAllLines(list(directory, kind))
				.stream()
				.filter(SampleArchive::isOfJars)
				// Each run has its own numbers.
				.map((line) -> line.replaceAll(" id: \\d+", ""))
				.forEach(classes::add);
		}
		FileSystemUtils.deleteRecursively(sockets);
		return Files.write(directory.resolve("classes"), classes);
	}

	// No class of a directory or of a loader of its own may be mentioned, nor what
	// depends
	// on its constants.
	private static boolean isOfJars(String line) {
		return !line.contains("dev/handoff/") && !line.contains(" source: ") && !line.startsWith("@cp ");
	}

	private static Path list(Path directory, ServerKind kind) {
		return directory.resolve(kind + ".classes").toAbsolutePath();
	}

	private static void dump(Path archive, Path classes) throws IOException {
		Path made = archive.resolveSibling("new.jsa");
		List<String> command = new ArrayList<>(
				List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC"));
		command.addAll(ServerProcess.JVM_ARGS);
		command.addAll(List.of("-Xshare:dump", "-XX:SharedClassListFile=" + classes.toAbsolutePath(),
				"-XX:SharedArchiveFile=" + made, "-cp", String.join(File.pathSeparator, JARS)));
		Path log = archive.resolveSibling("dump.log");
		Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
		try {
			if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
				process.destroyForcibly();
				throw new IOException("No archive was made, see " + log);
			}
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
		Files.move(made, archive, StandardCopyOption.ATOMIC_MOVE);
	}

}
