package dev.handoff.demo.load;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ObjectReference;
import com.sun.jdi.ThreadReference;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What goes wrong in the library or around it, under load: it costs no request, and the
 * server can be replaced afterwards.
 */
@Tag("jdk-independent")
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class HardshipIT {

	private static final Duration LIMIT = Duration.ofSeconds(90);

	private static final Path JAR = Path.of(System.getProperty("demo.jar"));

	private static final Pattern DEBUGGER = Pattern.compile("Listening for transport dt_socket at address: (\\d+)");

	private static final int MAX_CONNECTIONS = 2000;

	private final List<Socket> idle = new ArrayList<>();

	private final Tally tally = new Tally();

	@TempDir
	private Path directory;

	@AfterEach
	void close() throws IOException {
		for (Socket socket : this.idle) {
			socket.close();
		}
		this.idle.clear();
	}

	@Test
	void descriptorsRunOutOnEitherSide() throws Exception {
		List<String> limit = List.of("/bin/sh", "-c", "ulimit -n 400; exec \"$@\"", "sh");
		try (DemoServer server = new DemoServer(JAR, this.directory, Duration.ofSeconds(20))) {
			ServerInstance first = serving(server.startJar(0, limit));
			try (LoadClients clients = LoadClients.start(server.address(), Duration.ofSeconds(60), this.tally)) {
				awaitAnswers(clients);
				ServerInstance second = serving(server.startJar(1, limit));
				fill(server, second);
				awaitLog(first, "WARN .*-> SERVING .*gave the listeners back: .*no free descriptor");
				assertThat(second.awaitExit(LIMIT)).as(() -> read(second)).isTrue();
				assertThat(second.exitCode()).as(() -> read(second)).isEqualTo(1);
				fill(server, first);
				ServerInstance third = serving(server.startJar(2));
				awaitLog(first, "OBSERVING -> DRAINING .*the successor confirmed");
				close();
				assertThat(first.awaitExit(LIMIT)).as(() -> read(first)).isTrue();
				assertThat(first.exitCode()).as(() -> read(first)).isZero();
				assertThat(third.isAlive()).isTrue();
			}
			assertThat(this.tally.failed()).as(this.tally.table()).isZero();
			System.out.println(this.tally.table());
		}
	}

	/**
	 * Connects until a process has no descriptor left.
	 */
	private void fill(DemoServer server, ServerInstance instance) throws IOException {
		while (!read(instance).contains("Too many open files")) {
			assertThat(this.idle).hasSizeLessThan(MAX_CONNECTIONS);
			this.idle.add(new Socket(server.address().getAddress(), server.address().getPort()));
		}
	}

	@Test
	void errorsAreThrownInItsThreadsAndTheControlSocketIsFlooded() throws Exception {
		String debugger = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=127.0.0.1:0";
		try (DemoServer server = new DemoServer(JAR, this.directory, Duration.ofSeconds(2))) {
			ServerInstance first = serving(server.startJar(0, List.of(), debugger));
			ServerInstance second;
			try (LoadClients clients = LoadClients.start(server.address(), this.tally)) {
				awaitAnswers(clients);
				throwError(first, "handoff-program");
				awaitLog(first, "It is not noticed any more if this process's program files are overwritten");
				try (Flood flood = Flood.of(server.controlSocket())) {
					second = serving(server.startJar(1, List.of(), debugger));
					assertThat(this.tally.awaitAnswerOf(1, LIMIT)).isTrue();
					assertThat(first.awaitExit(LIMIT)).as(() -> read(first)).isTrue();
					assertThat(first.exitCode()).as(() -> read(first)).isZero();
					assertThat(flood.dialled()).isGreaterThan(1000);
				}
				throwError(second, "handoff-session");
				awaitLog(second, "ERROR .*This process takes part in no handoff any more");
				long before = this.tally.answeredBy(1);
				Awaitility.await().atMost(LIMIT).until(() -> this.tally.answeredBy(1) > before + 1000);
			}
			assertThat(this.tally.failed()).as(this.tally.table()).isZero();
			// As the log says.
			second.close();
			serving(server.startJar(2));
			System.out.println(this.tally.table());
		}
	}

	/**
	 * Throws an OutOfMemoryError in a thread, wherever it is. That is for threads that
	 * wait in loops of the library: a queue of the JDK would be left broken, as by no
	 * error that its own thread makes.
	 */
	private static void throwError(ServerInstance server, String name) throws Exception {
		awaitLog(server, DEBUGGER.pattern());
		Matcher port = DEBUGGER.matcher(read(server));
		assertThat(port.find()).isTrue();
		AttachingConnector connector = Bootstrap.virtualMachineManager()
			.attachingConnectors()
			.stream()
			.filter((candidate) -> candidate.transport().name().equals("dt_socket"))
			.findFirst()
			.orElseThrow();
		Map<String, Connector.Argument> arguments = connector.defaultArguments();
		Objects.requireNonNull(arguments.get("hostname")).setValue("127.0.0.1");
		Objects.requireNonNull(arguments.get("port")).setValue(port.group(1));
		VirtualMachine machine = connector.attach(arguments);
		try {
			// The JVM makes some when it starts.
			ObjectReference error = machine.classesByName("java.lang.OutOfMemoryError").get(0).instances(1).get(0);
			ThreadReference thread = machine.allThreads()
				.stream()
				.filter((candidate) -> candidate.name().equals(name))
				.findFirst()
				.orElseThrow();
			thread.stop(error);
		}
		finally {
			machine.dispose();
		}
	}

	private static ServerInstance serving(ServerInstance server) throws InterruptedException {
		assertThat(server.await("SERVING", LIMIT)).as(() -> read(server)).isTrue();
		return server;
	}

	private void awaitAnswers(LoadClients clients) {
		Awaitility.await().atMost(LIMIT).until(() -> this.tally.answered().containsAll(clients.names()));
	}

	private static void awaitLog(ServerInstance server, String regex) {
		Awaitility.await().atMost(LIMIT).untilAsserted(() -> assertThat(read(server)).containsPattern(regex));
	}

	private static String read(ServerInstance server) {
		try {
			return Files.readString(server.log());
		}
		catch (IOException ex) {
			return ex.toString();
		}
	}

}
