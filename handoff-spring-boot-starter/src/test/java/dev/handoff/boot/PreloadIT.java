package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import dev.handoff.boot.rpc.GrpcClient;
import dev.handoff.boot.rpc.RSocketClient;
import dev.handoff.boot.rpc.RpcApplication;
import dev.handoff.boot.rpc.RpcMethods;
import dev.handoff.boot.sample.SampleApplication;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A process that is replaced or terminated loads no class of its class path any more:
 * that may have changed.
 */
@Tag("jdk-independent")
@Timeout(180)
@ExtendWith(Processes.class)
class PreloadIT {

	// Tomcat makes the one anew for each application, and goes on without it; it looks
	// for
	// drivers of databases, of which these applications use none.
	private static final Set<String> OPTIONAL = Set.of("org.apache.catalina.loader.JdbcLeakPrevention",
			"org.h2.Driver");

	// 1012, as the payload of a close frame.
	private static final byte[] RESTART = { 0x03, (byte) 0xF4 };

	private static final String LOADED = "classes that a handoff and the exit may need are loaded";

	// Classes of the tests, which are in a directory, are not counted.
	private static final Pattern FROM_JAR = Pattern
		.compile("\\] (\\S+) source: (?:jar:)?file:(?!\\S*test-classes)\\S+");

	@TempDir
	Path directory;

	private final List<AutoCloseable> connections = new ArrayList<>();

	private int port;

	@ParameterizedTest
	@EnumSource
	void aPredecessorNeedsNoMoreClasses(ServerKind kind) throws Exception {
		ServerProcess server = start(kind);
		Clients clients = new Clients(kind == ServerKind.JETTY);
		long loaded = loaded().count();
		SampleServer failing = SampleServer.start("failing", this.directory, kind, "--sample.fail=true");
		assertThat(failing.process.awaitExit()).isEqualTo(1);
		SampleServer.start("successor", this.directory, kind).awaitServing();
		server.await("SERVING -> DRAINING");
		clients.finish();
		assertThat(server.awaitExit()).isZero();
		assertThat(loaded().skip(loaded)).isEmpty();
	}

	@ParameterizedTest
	@EnumSource
	void aTerminatedServerNeedsNoMoreClasses(ServerKind kind) throws Exception {
		ServerProcess server = start(kind);
		Clients clients = new Clients(kind == ServerKind.JETTY);
		long loaded = loaded().count();
		server.signal("TERM");
		server.await("SERVING -> DRAINING");
		clients.finish();
		assertThat(server.awaitExit()).isEqualTo(143);
		assertThat(loaded().skip(loaded)).isEmpty();
	}

	@ParameterizedTest(name = "with a successor: {0}")
	@ValueSource(booleans = { false, true })
	void aServerOfOtherProtocolsNeedsNoMoreClasses(boolean succeeded) throws Exception {
		String[] arguments = { "--spring.main.web-application-type=none", "--spring.grpc.server.port=0",
				"--spring.rsocket.server.port=0" };
		ServerProcess server = start(RpcApplication.class, List.of(), List.of(arguments));
		int grpc = Integer.parseInt(server.await("Listener 'grpc' bound at .*:(\\d+)").group(1));
		int rsocket = Integer.parseInt(server.await("Listener 'rsocket' bound at .*:(\\d+)").group(1));
		server.await(LOADED);
		GrpcClient client = keep(new GrpcClient(grpc, false));
		RSocketClient other = keep(new RSocketClient(rsocket, false));
		for (int i = 0; i < 2; i++) {
			assertThat(client.generation()).isEqualTo("generation 0");
			assertThat(client.count(1).get()).hasSize(1);
			assertThat(client.send(RpcMethods.ECHO, 1).get()).hasSize(1);
			assertThat(other.generation()).isEqualTo("generation 0");
			assertThat(other.count(1).block()).hasSize(1);
		}
		BlockingQueue<ServingStatus> health = client.watchHealth();
		assertThat(health.take()).isEqualTo(ServingStatus.SERVING);
		Future<List<String>> answers = client.count(8);
		Future<List<String>> otherAnswers = other.count(8).toFuture();
		// Begins to send.
		assertThat(client.send(RpcMethods.SUM, 2).get()).hasSize(1);
		long loaded = loaded().count();
		if (succeeded) {
			SampleServer.start("successor", this.directory, RpcApplication.class, arguments).awaitServing();
		}
		else {
			server.signal("TERM");
		}
		assertThat(answers.get()).hasSize(8);
		assertThat(otherAnswers.get()).hasSize(8);
		assertThat(server.awaitExit()).isEqualTo(succeeded ? 0 : 143);
		assertThat(loaded().skip(loaded)).isEmpty();
	}

	private ServerProcess start(ServerKind kind) throws IOException {
		List<String> arguments = new ArrayList<>(kind.arguments());
		arguments.add("--server.http2.enabled=true");
		ServerProcess server = start(SampleApplication.class, kind.jvmArguments(), arguments);
		this.port = Integer.parseInt(server.await("(?:Tomcat|Jetty|Netty) started on port (\\d+)").group(1));
		server.await(LOADED);
		// What requests need is the application's.
		for (int i = 0; i < 2; i++) {
			assertThat(SampleServer.get(this.port, "/generation").body()).isEqualTo("generation 0");
		}
		return server;
	}

	private ServerProcess start(Class<?> mainClass, List<String> jvmArguments, List<String> arguments) {
		List<String> allJvmArguments = new ArrayList<>(jvmArguments);
		allJvmArguments.add("-Xlog:class+load:file=" + log());
		List<String> all = new ArrayList<>(arguments);
		all.add("--logging.level.dev.handoff=debug");
		all.add("--handoff.reconnect-spread=0s");
		return ServerProcess.start("server", List.of(), allJvmArguments, mainClass.getName(),
				SampleServer.arguments(this.directory, all.toArray(new String[0])));
	}

	private <T extends AutoCloseable> T keep(T connection) {
		this.connections.add(connection);
		return connection;
	}

	@AfterEach
	void closeConnections() {
		this.connections.forEach((connection) -> {
			try {
				connection.close();
			}
			catch (Exception ex) {
				throw new AssertionError(ex);
			}
		});
		this.connections.clear();
	}

	private Path log() {
		return this.directory.resolve("classes.log");
	}

	private Stream<String> loaded() throws IOException {
		return Files.readAllLines(log())
			.stream()
			.map(FROM_JAR::matcher)
			.filter(Matcher::find)
			.map((line) -> line.group(1))
			.filter((name) -> !OPTIONAL.contains(name));
	}

	/**
	 * Connections of each kind, which the server has to finish.
	 */
	private final class Clients {

		private final RawConnection idle = keep(RawConnection.to(PreloadIT.this.port));

		private final RawConnection slow = keep(RawConnection.to(PreloadIT.this.port));

		private final RawConnection events = keep(RawConnection.to(PreloadIT.this.port));

		private final WebSocketConnection webSocket;

		private final Http2Connection http2 = keep(Http2Connection.to(PreloadIT.this.port));

		/** Whether HTTP/2 carries a WebSocket session too. */
		private final boolean tunnel;

		Clients(boolean tunnel) throws IOException {
			this.tunnel = tunnel;
			assertThat(this.idle.get("/generation").response().body()).isEqualTo("generation 0");
			this.slow.get("/slow");
			assertThat(this.events.getEvents("/events").head().status()).isEqualTo(200);
			assertThat(this.events.chunk()).startsWith("data:first");
			this.webSocket = keep(WebSocketConnection.upgrade(RawConnection.to(PreloadIT.this.port), "/socket"));
			assertThat(this.webSocket.send("hello").receive().text()).isEqualTo("hello");
			assertThat(this.http2.get(1, "/generation").body(1)).isEqualTo("generation 0");
			if (tunnel) {
				this.http2.connect(3, "/socket");
			}
		}

		void finish() throws IOException {
			assertThat(this.idle.get("/release").response().body()).isEqualTo("released");
			assertThat(this.slow.response().body()).isEqualTo("slow");
			assertThat(this.webSocket.receive().closeCode()).isEqualTo(WebSocketExchange.SERVICE_RESTART);
			this.webSocket.send(WebSocketConnection.CLOSE, RESTART);
			if (this.tunnel) {
				assertThat(WebSocketConnection.Frame.from(this.http2, 3).closeCode())
					.isEqualTo(WebSocketExchange.SERVICE_RESTART);
				this.http2.data(3, WebSocketConnection.frame(WebSocketConnection.CLOSE, RESTART), false).endTunnel(3);
			}
			assertThat(this.http2.goAwaysUntilEnd()).isNotEmpty();
			closeConnections();
		}

	}

}
