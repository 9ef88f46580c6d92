package dev.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.testsupport.ProcessTree;

/**
 * A {@link TestServer} in a JVM of its own, driven line by line.
 */
public final class ServerProcess implements AutoCloseable {

	/**
	 * With what a JVM hands over without a warning.
	 */
	public static final List<String> JVM_ARGS = List.of("--enable-native-access=ALL-UNNAMED");

	private static final Duration LIMIT = Duration.ofMinutes(2);

	private final String name;

	private final Process process;

	private final List<String> lines = new ArrayList<>();

	private int seen;

	private boolean ended;

	private ServerProcess(String name, Process process) {
		this.name = name;
		this.process = process;
		Thread reader = new Thread(this::read, "output of " + name);
		reader.setDaemon(true);
		reader.start();
		Processes.started(this);
	}

	public static ServerProcess start(String name, List<String> prefix, List<String> jvmArgs, String mainClass,
			List<String> arguments) {
		List<String> allJvmArgs = new ArrayList<>(JVM_ARGS);
		allJvmArgs.addAll(jvmArgs);
		return start(name, prefix, allJvmArgs, System.getProperty("java.class.path"), mainClass, arguments, Map.of());
	}

	/**
	 * Starts a process.
	 * @param prefix what comes before the JVM, such as a command that changes the user
	 */
	public static ServerProcess start(String name, List<String> prefix, List<String> jvmArgs, String classPath,
			String mainClass, List<String> arguments, Map<String, String> environment) {
		return start(name, prefix, jvmArgs, classPath, mainClass, arguments,
				(builder) -> builder.environment().putAll(environment));
	}

	/**
	 * Starts a process.
	 * @param prefix what comes before the JVM, such as a command that changes the user
	 * @param preparation changes the environment or redirects the standard descriptors
	 */
	public static ServerProcess start(String name, List<String> prefix, List<String> jvmArgs, String classPath,
			String mainClass, List<String> arguments, Consumer<ProcessBuilder> preparation) {
		List<String> command = new ArrayList<>(prefix);
		command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
		command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx192m", "-Xshare:auto",
				"-Dorg.slf4j.simpleLogger.logFile=System.out", "-Dorg.slf4j.simpleLogger.showShortLogName=true",
				"-Dorg.slf4j.simpleLogger.defaultLogLevel=debug"));
		command.addAll(jvmArgs);
		command.addAll(List.of("-cp", classPath, mainClass));
		command.addAll(arguments);
		try {
			ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
			preparation.accept(builder);
			return new ServerProcess(name, builder.start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Starts a program that is none of this project's.
	 */
	public static ServerProcess run(String name, List<String> command) {
		try {
			return new ServerProcess(name, new ProcessBuilder(command).redirectErrorStream(true).start());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private void read() {
		try (BufferedReader reader = this.process.inputReader(StandardCharsets.UTF_8)) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				synchronized (this) {
					this.lines.add(line);
					notifyAll();
				}
			}
		}
		catch (IOException ex) {
			// The process has ended.
		}
		synchronized (this) {
			this.ended = true;
			notifyAll();
		}
	}

	/**
	 * Waits for a line after the last one that was awaited.
	 */
	public synchronized Matcher await(String regex) {
		Pattern pattern = Pattern.compile(regex);
		long deadline = System.nanoTime() + LIMIT.toNanos();
		while (true) {
			while (this.seen < this.lines.size()) {
				Matcher matcher = pattern.matcher(this.lines.get(this.seen++));
				if (matcher.find()) {
					return matcher;
				}
			}
			long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
			if (this.ended || remaining <= 0) {
				throw new AssertionError("%s %s without /%s/:%n%s".formatted(this.name,
						this.ended ? "ended" : "went on for " + LIMIT, regex, output()));
			}
			try {
				wait(remaining);
			}
			catch (InterruptedException ex) {
				throw new AssertionError("interrupted, output of %s:%n%s".formatted(this.name, output()), ex);
			}
		}
	}

	/**
	 * Waits for lines after the last one that was awaited, in any order, as when several
	 * threads or processes print them.
	 */
	public synchronized List<Matcher> awaitAll(String... regexes) {
		int from = this.seen;
		int last = from;
		List<Matcher> matchers = new ArrayList<>();
		for (String regex : regexes) {
			this.seen = from;
			matchers.add(await(regex));
			last = Math.max(last, this.seen);
		}
		this.seen = last;
		return matchers;
	}

	/**
	 * Returns whether a line has been printed so far.
	 */
	public synchronized boolean hasPrinted(String regex) {
		Pattern pattern = Pattern.compile(regex);
		return this.lines.stream().anyMatch((line) -> pattern.matcher(line).find());
	}

	/**
	 * Returns the last line that has been printed so far and matches.
	 */
	public synchronized Optional<Matcher> last(Pattern pattern) {
		for (int i = this.lines.size() - 1; i >= 0; i--) {
			Matcher matcher = pattern.matcher(this.lines.get(i));
			if (matcher.find()) {
				return Optional.of(matcher);
			}
		}
		return Optional.empty();
	}

	public synchronized String output() {
		return String.join(System.lineSeparator(), this.lines);
	}

	public void command(String command) {
		try {
			this.process.getOutputStream().write((command + "\n").getBytes(StandardCharsets.UTF_8));
			this.process.getOutputStream().flush();
		}
		catch (IOException ex) {
			throw new AssertionError("%s is gone:%n%s".formatted(this.name, output()), ex);
		}
	}

	public void ready() {
		command("ready");
	}

	public ServerProcess awaitState(HandoffState state) {
		await("^state " + state);
		return this;
	}

	public int port(String listener) {
		return Integer.parseInt(await("^listener " + listener + " .*:(\\d+) ").group(1));
	}

	public void signal(String signal) {
		try {
			Process kill = new ProcessBuilder("kill", "-" + signal, Long.toString(pid())).inheritIO().start();
			if (kill.waitFor() != 0) {
				throw new AssertionError("kill -%s %d failed".formatted(signal, pid()));
			}
		}
		catch (IOException | InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	public long pid() {
		return this.process.pid();
	}

	public boolean isAlive() {
		return this.process.isAlive();
	}

	public int awaitExit() {
		try {
			if (!this.process.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
				throw new AssertionError("%s did not exit within %s:%n%s".formatted(this.name, LIMIT, output()));
			}
			return this.process.exitValue();
		}
		catch (InterruptedException ex) {
			throw new AssertionError("interrupted, output of %s:%n%s".formatted(this.name, output()), ex);
		}
	}

	/**
	 * Waits until the process and those that it started have ended.
	 * @return all that they have printed
	 */
	public String awaitOutput() {
		awaitExit();
		long deadline = System.nanoTime() + LIMIT.toNanos();
		synchronized (this) {
			while (!this.ended) {
				long remaining = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
				if (remaining <= 0) {
					throw new AssertionError("%s has exited and is not silent:%n%s".formatted(this.name, output()));
				}
				try {
					wait(remaining);
				}
				catch (InterruptedException ex) {
					throw new AssertionError("interrupted, output of %s:%n%s".formatted(this.name, output()), ex);
				}
			}
			return output();
		}
	}

	/**
	 * Returns whether every thread of a process is stopped: one that is not scheduled yet
	 * goes on after the signal.
	 */
	static boolean isStopped(long pid) throws IOException {
		try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
			for (Path thread : threads.toList()) {
				if (!Files.readString(thread.resolve("status")).contains("State:\tT")) {
					return false;
				}
			}
			return true;
		}
		catch (NoSuchFileException ex) {
			// A thread has ended meanwhile.
			return false;
		}
	}

	/**
	 * Returns the inodes of the sockets that the process holds.
	 */
	public List<String> sockets() {
		try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
			List<String> sockets = new ArrayList<>();
			for (Path entry : entries.toList()) {
				try {
					String target = Files.readSymbolicLink(entry).toString();
					if (target.startsWith("socket:")) {
						sockets.add(target);
					}
				}
				catch (IOException ex) {
					// Closed meanwhile.
				}
			}
			return sockets;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns how the process came to where it is and, if it lives, what its threads do.
	 */
	String describe() {
		if (!isAlive()) {
			return "%s, pid %d, has ended:%n%s".formatted(this.name, pid(), history());
		}
		int from;
		synchronized (this) {
			from = this.lines.size();
		}
		signal("QUIT");
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
		synchronized (this) {
			while (!this.ended && deadline - System.nanoTime() > 0
					&& this.lines.stream().skip(from).noneMatch((line) -> line.startsWith("JNI global refs"))) {
				try {
					wait(100);
				}
				catch (InterruptedException ex) {
					// As a timeout does; what it wants to know comes now.
				}
			}
			return "%s, pid %d:%n%s%n%s".formatted(this.name, pid(), history(),
					String.join(System.lineSeparator(), this.lines.subList(from, this.lines.size())));
		}
	}

	private synchronized String history() {
		return this.lines.stream()
			.filter((line) -> line.contains(" -> ") || line.startsWith("state ") || line.startsWith("report "))
			.collect(Collectors.joining(System.lineSeparator()));
	}

	@Override
	public void close() {
		ProcessTree.end(this.process.toHandle());
		awaitExit();
	}

}
