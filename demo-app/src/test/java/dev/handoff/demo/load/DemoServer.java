package dev.handoff.demo.load;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

/**
 * The demo as a server whose generations follow each other on ports and a control socket
 * of their own. Safe for use by several threads.
 * <p>
 * When a process changed its state is read from the log, whose time stamps are the
 * process's own. A successor that was started by its predecessor writes to the same log,
 * where its lines tell its process id.
 */
final class DemoServer implements AutoCloseable {

	private static final Pattern STATE_CHANGE = Pattern.compile("^(\\S+) +INFO (\\d+) --- .* \\w+ -> (\\w+) after ");

	/** How the tests have the JVM start quickly; nothing when the demo is shown. */
	private static final List<String> JVM_ARGUMENTS = Stream.of(System.getProperty("demo.jvm-args", "").split(" ", -1))
		.filter((argument) -> !argument.isEmpty())
		.toList();

	private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

	private final Path jar;

	private final Path directory;

	private final InetSocketAddress address;

	private final int managementPort;

	private final Duration observationWindow;

	private final List<String> moreArguments;

	private final Map<Long, ServerInstance> instances = new LinkedHashMap<>();

	private boolean closed;

	/**
	 * Creates a server without a process.
	 * @param jar the executable jar
	 * @param directory for its logs, its control socket and the dashboard's numbers
	 */
	DemoServer(Path jar, Path directory) throws IOException {
		this(jar, directory, Duration.ofSeconds(2));
	}

	/**
	 * Creates a server without a process.
	 * @param observationWindow how long a predecessor observes its successor
	 * @param moreArguments further arguments of each generation
	 */
	DemoServer(Path jar, Path directory, Duration observationWindow, String... moreArguments) throws IOException {
		this.jar = jar;
		this.moreArguments = List.of(moreArguments);
		this.observationWindow = observationWindow;
		this.directory = directory;
		InetAddress loopback = InetAddress.getLoopbackAddress();
		// Both at a time, so that they differ.
		try (ServerSocket main = new ServerSocket(0); ServerSocket management = new ServerSocket(0, 1, loopback)) {
			this.address = new InetSocketAddress(loopback, main.getLocalPort());
			this.managementPort = management.getLocalPort();
		}
	}

	InetSocketAddress address() {
		return this.address;
	}

	Path controlSocket() {
		return this.directory.resolve("control.sock");
	}

	String url() {
		return "http://localhost:%d/".formatted(this.address.getPort());
	}

	Path statsFile() {
		return this.directory.resolve("stats.json");
	}

	/**
	 * Returns the command line that starts another generation.
	 */
	List<String> arguments() {
		List<String> arguments = new ArrayList<>(List.of("-jar", this.jar.toString(),
				"--server.port=" + this.address.getPort(), "--management.server.port=" + this.managementPort,
				"--handoff.control-socket=" + controlSocket(),
				"--handoff.observation-window=%ds".formatted(this.observationWindow.toSeconds()),
				"--demo.stats-file=" + statsFile()));
		arguments.addAll(this.moreArguments);
		return arguments;
	}

	/**
	 * Starts a generation by starting the jar.
	 */
	ServerInstance startJar(int generation) throws IOException {
		return startJar(generation, List.of());
	}

	/**
	 * Starts a generation by starting the jar.
	 * @param prefix what comes before the JVM, such as a command that sets a limit
	 */
	ServerInstance startJar(int generation, List<String> prefix, String... jvmArguments) throws IOException {
		List<String> command = new ArrayList<>(prefix);
		command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m"));
		command.addAll(JVM_ARGUMENTS);
		command.addAll(List.of(jvmArguments));
		command.addAll(arguments());
		Path log = this.directory.resolve("generation-%d.log".formatted(generation));
		synchronized (this.instances) {
			if (this.closed) {
				throw new IllegalStateException("The server has been closed");
			}
			Process process = new ProcessBuilder(command).directory(this.directory.toFile())
				.redirectErrorStream(true)
				.start();
			ServerInstance instance = new ServerInstance(process.toHandle(), process, log);
			this.instances.put(process.pid(), instance);
			Thread reader = new Thread(() -> read(process, log), "log of generation " + generation);
			reader.setDaemon(true);
			reader.start();
			return instance;
		}
	}

	/**
	 * Where a successor is started by a request.
	 */
	URI restartUri(Duration wait) {
		return URI
			.create("http://127.0.0.1:%d/actuator/handoff?wait=%ds".formatted(this.managementPort, wait.toSeconds()));
	}

	/**
	 * Has the process that serves start its successor, and waits until that serves.
	 * @return the response
	 */
	HttpResponse<String> restart(Duration wait) throws IOException, InterruptedException {
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(restartUri(wait))
				.header("Content-Type", "application/json")
				.timeout(wait.plusSeconds(10))
				.POST(BodyPublishers.noBody())
				.build(), BodyHandlers.ofString());
	}

	/**
	 * Returns the process that a response to a restart names, {@code null} if it names
	 * none or it has written nothing.
	 */
	@Nullable ServerInstance named(HttpResponse<String> response) {
		Matcher pid = PID.matcher(response.body());
		synchronized (this.instances) {
			return pid.find() ? this.instances.get(Long.valueOf(pid.group(1))) : null;
		}
	}

	private void read(Process process, Path log) {
		try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8);
				BufferedWriter copy = Files.newBufferedWriter(log)) {
			for (String line = lines.readLine(); line != null; line = lines.readLine()) {
				copy.write(line);
				copy.newLine();
				copy.flush();
				Matcher change = STATE_CHANGE.matcher(line);
				if (change.find()) {
					note(change.group(1), Long.parseLong(change.group(2)), change.group(3), log);
				}
			}
		}
		catch (IOException ex) {
			// The processes have ended.
		}
	}

	private void note(String time, long pid, String state, Path log) {
		ServerInstance instance = find(pid, log);
		try {
			if (instance != null) {
				instance.note(OffsetDateTime.parse(time).toInstant(), state);
			}
		}
		catch (DateTimeParseException ex) {
			// A line that looks like a change of state and is none.
		}
	}

	private @Nullable ServerInstance find(long pid, Path log) {
		synchronized (this.instances) {
			ServerInstance instance = this.instances.get(pid);
			if (instance == null) {
				instance = ProcessHandle.of(pid).map((handle) -> new ServerInstance(handle, null, log)).orElse(null);
				if (instance != null) {
					this.instances.put(pid, instance);
				}
			}
			return instance;
		}
	}

	/**
	 * Ends every process that was started here or by one of these, by its own id.
	 */
	@Override
	public void close() {
		List<ServerInstance> all;
		synchronized (this.instances) {
			this.closed = true;
			all = List.copyOf(this.instances.values());
		}
		// One that has just been started by another has written nothing yet.
		List<ProcessHandle> started = all.stream().flatMap(ServerInstance::descendants).toList();
		all.forEach(ServerInstance::close);
		started.forEach(ProcessHandle::destroyForcibly);
	}

}
