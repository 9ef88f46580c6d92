package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * How this process was started, to start the same once more. A deployment may have
 * replaced or removed what the command line names: a directory is entered by the name by
 * which it was entered before, which may be a symbolic link that leads to another release
 * by now. Immutable.
 */
final class OwnCommand {

	// Those of java(1) that take the next argument.
	private static final Set<String> WITH_VALUE = Set.of("-cp", "-classpath", "--class-path", "-p", "--module-path",
			"--upgrade-module-path", "--add-modules", "--add-reads", "--add-exports", "--add-opens", "--limit-modules",
			"--patch-module", "--enable-native-access", "--source");

	private static final String AGENT = "-javaagent:";

	private final List<String> commandLine;

	private final String executable;

	private final Path directory;

	private final @Nullable Path namedDirectory;

	OwnCommand(List<String> commandLine, String executable, Path directory, Map<String, String> environment) {
		this.commandLine = List.copyOf(commandLine);
		this.executable = executable;
		this.directory = directory;
		this.namedDirectory = named(directory, environment.getOrDefault("PWD", ""));
	}

	/**
	 * Returns how this process was started. To be called while it starts: the directory's
	 * name may mean another one later.
	 */
	static OwnCommand ofThisProcess() {
		return new OwnCommand(commandLine(), ProcessHandle.current().info().command().orElse(""),
				Path.of("").toAbsolutePath(), System.getenv());
	}

	// ProcessHandle cuts it off if it is long.
	private static List<String> commandLine() {
		try {
			String[] arguments = Files.readString(Path.of("/proc/self/cmdline"), StandardCharsets.UTF_8)
				.split("\0", -1);
			return Arrays.asList(arguments).subList(0, arguments.length - 1);
		}
		catch (IOException ex) {
			ProcessHandle.Info info = ProcessHandle.current().info();
			return Stream.concat(info.command().stream(), Arrays.stream(info.arguments().orElse(new String[0])))
				.toList();
		}
	}

	private static @Nullable Path named(Path directory, String name) {
		try {
			Path path = Path.of(name);
			return (path.isAbsolute() && Files.isSameFile(path, directory)) ? path : null;
		}
		catch (IOException | RuntimeException ex) {
			// Another process's, which this one has inherited.
			return null;
		}
	}

	/**
	 * Returns the directory to start in.
	 * @throws IOException if it is gone
	 */
	Path directory() throws IOException {
		for (Path path : Stream.of(this.namedDirectory, this.directory).filter((path) -> path != null).toList()) {
			if (Files.isDirectory(path)) {
				return path;
			}
		}
		throw new IOException(
				"The working directory '%s' does not exist any more; restore it, or set handoff.successor.command"
					.formatted((this.namedDirectory != null) ? this.namedDirectory : this.directory));
	}

	/**
	 * Returns the program and its arguments.
	 * @throws IOException if a file that they name is gone
	 */
	List<String> arguments() throws IOException {
		if (this.commandLine.isEmpty()) {
			throw new IOException(
					"The command line of this process cannot be found out; set handoff.successor.command");
		}
		List<String> arguments = new ArrayList<>(this.commandLine);
		if (Files.exists(Path.of(this.executable))) {
			arguments.set(0, this.executable);
		}
		else if (arguments.get(0).contains("/")) {
			requireFile(arguments.get(0), "the program");
		}
		requireFiles();
		return arguments;
	}

	private void requireFiles() throws IOException {
		for (int i = 1; i < this.commandLine.size(); i++) {
			String argument = this.commandLine.get(i);
			if (argument.equals("-jar") && i + 1 < this.commandLine.size()) {
				requireFile(this.commandLine.get(i + 1), "-jar");
				return;
			}
			if (argument.startsWith(AGENT)) {
				requireFile(argument.substring(AGENT.length()).replaceFirst("=.*", ""), "-javaagent");
			}
			if (WITH_VALUE.contains(argument)) {
				i++;
			}
			else if (!argument.startsWith("-") && !argument.startsWith("@")) {
				// The main class.
				return;
			}
		}
	}

	private void requireFile(String name, String option) throws IOException {
		Path file = directory().resolve(name);
		if (!Files.exists(file)) {
			throw new IOException("'%s' (%s) does not exist any more; restore it, or set handoff.successor.command"
				.formatted(file, option));
		}
	}

}
