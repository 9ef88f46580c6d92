package dev.handoff.boot;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.Processes;
import dev.handoff.boot.RawConnection.Response;
import dev.handoff.boot.load.LoadClient;
import dev.handoff.boot.load.Tally;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What clients see, byte by byte, when any kind of server follows any other, under the
 * load of clients from outside this project that never retry.
 */
@Timeout(180)
@ExtendWith(Processes.class)
class TransitionIT {

	private static final Logger logger = LoggerFactory.getLogger(TransitionIT.class);

	private static final String POST = "POST /length HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n";

	private static final int SIGTERM_EXIT_CODE = 128 + 15;

	private static final byte[] HELLO = { 'h', 'e', 'l', 'l', 'o' };

	// The codes of close frames.

	private static final byte[] GOING_AWAY = { 0x03, (byte) 0xE9 };

	private static final byte[] SERVICE_RESTART = { 0x03, (byte) 0xF4 };

	@TempDir
	Path directory;

	private final List<AutoCloseable> open = new ArrayList<>();

	@AfterEach
	void closeClients() throws Exception {
		for (AutoCloseable client : this.open) {
			client.close();
		}
	}

	@Test
	@Timeout(1800)
	void clientsSeeNoHandoff() throws Exception {
		clientsSeeNoHandoff(true);
	}

	@Test
	@Timeout(1800)
	@Tag("jdk-independent")
	void clientsSeeNoHandoffWithoutTls() throws Exception {
		clientsSeeNoHandoff(false);
	}

	private void clientsSeeNoHandoff(boolean tls) throws Exception {
		Path obstacle = this.directory.resolve("obstacle");
		List<String> arguments = arguments(tls);
		arguments.add("--sample.obstacle=" + obstacle);
		List<ServerKind> walk = Stream.generate(ServerKind::circuit)
			.limit(Integer.getInteger("circuits", 1))
			.flatMap(List::stream)
			.toList();
		SampleServer serving = start("0", walk.get(walk.size() - 1), 0, arguments);
		List<LoadClient> load = new ArrayList<>();
		try {
			int port = serving.port();
			serving.awaitServing();
			LoadClient.startAll(URI.create("%s://127.0.0.1:%d".formatted(tls ? "https" : "http", port)), load);
			for (int generation = 0; generation < walk.size(); generation++) {
				ServerKind kind = walk.get(generation);
				logger.info("Handoff {}, to {}, TLS {}", generation + 1, kind, tls);
				Files.writeString(obstacle, "wait");
				SampleServer successor = start(Integer.toString(generation + 1), kind, port, arguments);
				try (SampleServer predecessor = serving) {
					serving = successor;
					// A start may take longer than servers wait for the rest of a
					// request.
					assertThat(successor.port()).isEqualTo(port);
					Clients clients = new Clients(port, tls, generation);
					Files.delete(obstacle);
					successor.awaitServing();
					predecessor.process.await("SERVING -> DRAINING");
					clients.finish();
					assertThat(predecessor.process.awaitExit()).isZero();
					assertThat(predecessor.process.output()).doesNotContain("The drain timed out");
				}
				try (RawConnection connection = connect(port, tls).get("/generation")) {
					assertThat(connection.response().body()).isEqualTo("generation " + (generation + 1));
				}
			}
			assertNoRequestFailed(load);
		}
		finally {
			load.forEach(LoadClient::close);
			serving.close();
		}
	}

	private static void assertNoRequestFailed(List<LoadClient> load) throws Exception {
		List<Tally> tallies = new ArrayList<>();
		for (LoadClient client : load) {
			tallies.add(client.stop());
		}
		logger.info("{}", tallies);
		assertThat(tallies).allSatisfy((tally) -> assertThat(tally.isClean()).as(tally.toString()).isTrue());
		assertThat(tallies).allSatisfy((tally) -> assertThat(tally.requests()).isPositive());
	}

	static Stream<Arguments> terminations() {
		return Stream.of(ServerKind.values())
			.flatMap((kind) -> Stream.of(false, true).map((tls) -> Arguments.of(kind, tls)));
	}

	@ParameterizedTest(name = "{0}, TLS {1}")
	@Tag("jdk-independent")
	@MethodSource("terminations")
	void clientsSeeTheSameWhenAServerIsTerminatedWithoutASuccessor(ServerKind kind, boolean tls) throws Exception {
		try (SampleServer server = start("server", kind, 0, arguments(tls))) {
			int port = server.port();
			server.awaitServing();
			Clients clients = new Clients(port, tls, 0);
			// Some servers do not wait long for what follows the handshake.
			Http2Connection silent = clients.connectHttp2();
			// Accepted when one that comes later is answered.
			clients.keptAlive().close();
			server.process.signal("TERM");
			server.process.await("SERVING -> DRAINING");
			assertThat(silent.get(1, "/generation").body(1)).isEqualTo("generation 0");
			assertThat(silent.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 1);
			clients.finish();
			assertThat(server.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
			assertThat(server.process.output()).doesNotContain("The drain timed out");
		}
	}

	@Test
	@Tag("jdk-independent")
	void webSocketSessionsInHttp2StreamsDoNotKeepTheirConnection() throws Exception {
		try (SampleServer server = start("server", ServerKind.JETTY, 0, arguments(false))) {
			int port = server.port();
			server.awaitServing();
			Http2Connection leaving = Http2Connection.to(port).connect(1, "/socket");
			this.open.add(leaving);
			Http2Connection connection = Http2Connection.to(port).connect(1, "/socket");
			this.open.add(connection);
			connection.connect(3, "/socket").get(5, "/poll");
			for (int session = 1; session <= 3; session += 2) {
				connection.data(session, WebSocketConnection.frame(WebSocketConnection.TEXT, HELLO), false);
				assertThat(WebSocketConnection.Frame.from(connection, session).text()).isEqualTo("hello");
			}
			// Its session is over before the drain begins.
			connection.data(1, WebSocketConnection.frame(WebSocketConnection.CLOSE, GOING_AWAY), false);
			assertThat(WebSocketConnection.Frame.from(connection, 1).closeCode()).isEqualTo(1001);
			connection.endTunnel(1);
			server.process.signal("TERM");
			server.process.await("SERVING -> DRAINING");
			long drainStart = System.nanoTime();
			assertThat(WebSocketConnection.Frame.from(connection, 3).closeCode())
				.isEqualTo(WebSocketExchange.SERVICE_RESTART);
			connection.data(3, WebSocketConnection.frame(WebSocketConnection.CLOSE, SERVICE_RESTART), false);
			connection.endTunnel(3);
			// Does not wait for the server to say that.
			assertThat(WebSocketConnection.Frame.from(leaving, 1).closeCode())
				.isEqualTo(WebSocketExchange.SERVICE_RESTART);
			leaving.data(1, WebSocketConnection.frame(WebSocketConnection.CLOSE, SERVICE_RESTART), false);
			leaving.endTunnel(1);
			leaving.leave();
			assertThat(connection.get(7, "/go-on").body(7)).isEqualTo("going on");
			assertThat(connection.body(5)).isEqualTo("polled");
			assertThat(connection.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 7);
			assertThat(server.process.awaitExit()).isEqualTo(SIGTERM_EXIT_CODE);
			// Idle connections are closed after 29 seconds, by Jetty itself after 30.
			assertThat(Duration.ofNanos(System.nanoTime() - drainStart)).isLessThan(Duration.ofSeconds(20));
		}
	}

	private List<String> arguments(boolean tls) throws Exception {
		List<String> arguments = new ArrayList<>();
		arguments.add("--handoff.reconnect-spread=0s");
		arguments.add("--server.http2.enabled=true");
		if (tls) {
			arguments.addAll(TestKeystore.in(this.directory).arguments());
		}
		return arguments;
	}

	private SampleServer start(String name, ServerKind kind, int port, List<String> arguments) {
		List<String> all = new ArrayList<>(arguments);
		all.add("--server.port=" + port);
		return SampleServer.start(name, this.directory, kind, all.toArray(new String[0]));
	}

	private RawConnection connect(int port, boolean tls) throws IOException {
		RawConnection connection = tls ? RawConnection.tls(port, "http/1.1") : RawConnection.to(port);
		this.open.add(connection);
		return connection;
	}

	/**
	 * Clients of the predecessor, one in each situation.
	 */
	private final class Clients {

		private final int port;

		private final boolean tls;

		/** What the predecessor answers to {@code /generation}. */
		private final String generation;

		private final RawConnection idle;

		private final RawConnection inFlight;

		private final RawConnection halfSent;

		private final RawConnection pipelined;

		private final RawConnection upload;

		private final RawConnection download;

		private final RawConnection expecting;

		private final RawConnection lateExpecting;

		private final RawConnection eventStream;

		private final WebSocketConnection webSocket;

		private final Http2Connection idleHttp2;

		private final Http2Connection http2;

		private final Http2Connection deafHttp2;

		private final RawConnection lateUpgrade;

		// Without TLS, upgraded from HTTP/1.1.

		private final Http2Connection upgradedPoll;

		private final Http2Connection upgradedDownload;

		Clients(int port, boolean tls, int generation) throws IOException {
			this.port = port;
			this.tls = tls;
			this.generation = "generation " + generation;
			this.idle = keptAlive();
			this.inFlight = connect().get("/poll");
			this.halfSent = keptAlive().send("GET /generation HTTP/1.1\r\nHo");
			this.pipelined = keptAlive().send(request("/poll") + request("/generation") + request("/generation"));
			this.upload = keptAlive().send(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
			this.download = connect().get("/chunks");
			assertThat(this.download.head().status()).isEqualTo(200);
			assertThat(this.download.chunk()).isEqualTo("begin ");
			this.expecting = keptAlive().send(POST + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
			assertThat(this.expecting.head().status()).isEqualTo(100);
			this.lateExpecting = keptAlive();
			this.eventStream = connect().getEvents("/events");
			assertThat(this.eventStream.head().status()).isEqualTo(200);
			assertThat(this.eventStream.chunk()).startsWith("data:first");
			this.webSocket = WebSocketConnection.upgrade(connect(), "/socket");
			TransitionIT.this.open.add(this.webSocket);
			assertThat(this.webSocket.send("hello").receive().text()).isEqualTo("hello");
			this.idleHttp2 = upgradedHttp2("/generation");
			assertThat(this.idleHttp2.body(1)).isEqualTo(this.generation);
			this.http2 = connectHttp2().get(1, "/generation");
			assertThat(this.http2.body(1)).isEqualTo(this.generation);
			this.deafHttp2 = connectHttp2().get(1, "/generation");
			assertThat(this.deafHttp2.body(1)).isEqualTo(this.generation);
			this.http2.get(3, "/poll").post(5, "/length").data(5, "first", false);
			this.lateUpgrade = keptAlive();
			this.upgradedPoll = upgradedHttp2("/poll").get(3, "/generation");
			assertThat(this.upgradedPoll.body(3)).isEqualTo(this.generation);
			this.upgradedDownload = upgradedHttp2("/chunks").awaitData(1).post(3, "/length").data(3, "first", false);
		}

		/**
		 * Goes on with each when the predecessor drains.
		 */
		void finish() throws IOException {
			assertThat(this.http2.goAways(1)).containsExactly(Integer.MAX_VALUE);
			assertThat(this.http2.get(7, "/generation").body(7)).as("on the way when the GOAWAY was sent")
				.isEqualTo(this.generation);
			assertThat(this.http2.data(5, "second", true).body(5)).isEqualTo("11");
			assertThat(this.upgradedPoll.goAways(1)).containsExactly(Integer.MAX_VALUE);
			assertThat(this.upgradedPoll.get(5, "/generation").body(5)).isEqualTo(this.generation);
			assertThat(this.upgradedDownload.data(3, "second", true).body(3)).isEqualTo("11");
			finishLateUpgrade();
			this.halfSent.send("st: localhost\r\n\r\n");
			assertLast(this.halfSent, this.generation);
			this.upload.send("6\r\nsecond\r\n0\r\n\r\n");
			assertLastOrNextToLast(this.upload, "11");
			this.expecting.send("body");
			assertLastOrNextToLast(this.expecting, "4");
			this.lateExpecting.send(POST + "Content-Length: 4\r\nExpect: 100-continue\r\n\r\n");
			assertThat(this.lateExpecting.head().status()).isEqualTo(100);
			this.lateExpecting.send("late");
			assertLast(this.lateExpecting, "4");
			StringBuilder events = new StringBuilder();
			for (String chunk = this.eventStream.chunk(); !chunk.isEmpty(); chunk = this.eventStream.chunk()) {
				events.append(chunk);
			}
			assertThat(events.toString()).isBlank();
			assertLast(this.eventStream.get("/generation"), this.generation);
			WebSocketConnection.Frame close = this.webSocket.receive();
			assertThat(close.closeCode()).isEqualTo(WebSocketExchange.SERVICE_RESTART);
			this.webSocket.send(WebSocketConnection.CLOSE, SERVICE_RESTART);
			assertThat(this.webSocket.isAtEnd()).isTrue();
			assertThat(this.idleHttp2.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 1);
			assertLast(this.idle.get("/go-on"), "going on");
			assertThat(this.http2.body(3)).isEqualTo("polled");
			assertThat(this.http2.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 7);
			assertThat(this.upgradedPoll.body(1)).isEqualTo("polled");
			assertThat(this.upgradedPoll.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 5);
			assertThat(this.upgradedDownload.body(1)).isEqualTo("begin middle end");
			assertThat(this.upgradedDownload.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 3);
			assertLastOrNextToLast(this.inFlight, "polled");
			assertThat(this.pipelined.response().body()).isEqualTo("polled");
			assertThat(this.pipelined.response().body()).isEqualTo(this.generation);
			assertLastOrNextToLast(this.pipelined, this.generation);
			StringBuilder downloaded = new StringBuilder();
			for (String chunk = this.download.chunk(); !chunk.isEmpty(); chunk = this.download.chunk()) {
				downloaded.append(chunk);
			}
			assertThat(downloaded).hasToString("middle end");
			assertLast(this.download.get("/generation"), this.generation);
			assertThat(this.deafHttp2.get(3, "/generation").body(3)).as("sent long after a GOAWAY that was not read")
				.isEqualTo(this.generation);
			assertThat(this.deafHttp2.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 3);
		}

		private void finishLateUpgrade() throws IOException {
			if (this.tls) {
				assertLast(this.lateUpgrade.get("/generation"), this.generation);
				return;
			}
			Http2Connection upgraded = Http2Connection.upgrade(this.lateUpgrade, "/generation");
			assertThat(upgraded.body(1)).isEqualTo(this.generation);
			assertThat(upgraded.goAwaysUntilEnd()).containsExactly(Integer.MAX_VALUE, 1);
		}

		/** The head was read while the server drained, so it must say that it closes. */
		private void assertLast(RawConnection connection, String body) throws IOException {
			Response response = connection.response();
			assertThat(response.status()).isEqualTo(200);
			assertThat(response.body()).isEqualTo(body);
			assertThat(response.saysClose()).as("Connection: close with %s", response).isTrue();
			assertThat(connection.isAtEnd()).isTrue();
		}

		/**
		 * The head was read before, when some servers decide already whether to keep the
		 * connection.
		 */
		private void assertLastOrNextToLast(RawConnection connection, String body) throws IOException {
			Response response = connection.response();
			assertThat(response.status()).isEqualTo(200);
			assertThat(response.body()).isEqualTo(body);
			if (!response.saysClose()) {
				assertLast(connection.get("/generation"), this.generation);
			}
			else {
				assertThat(connection.isAtEnd()).isTrue();
			}
		}

		private RawConnection keptAlive() throws IOException {
			RawConnection connection = connect().get("/generation");
			Response response = connection.response();
			assertThat(response.body()).isEqualTo(this.generation);
			assertThat(response.saysClose()).isFalse();
			return connection;
		}

		private RawConnection connect() throws IOException {
			return TransitionIT.this.connect(this.port, this.tls);
		}

		private Http2Connection upgradedHttp2(String path) throws IOException {
			return this.tls ? connectHttp2().get(1, path) : Http2Connection.upgrade(connect(), path);
		}

		private Http2Connection connectHttp2() throws IOException {
			Http2Connection connection = this.tls ? Http2Connection.tls(this.port) : Http2Connection.to(this.port);
			TransitionIT.this.open.add(connection);
			return connection;
		}

		private static String request(String path) {
			return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
		}

	}

}
