package dev.handoff.boot;

import java.net.ConnectException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.Processes;
import dev.handoff.boot.RawConnection.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * All listeners of an application: the management port, further connectors and the
 * application's own sockets.
 */
@Timeout(180)
@ExtendWith(Processes.class)
class ListenersIT {

	@TempDir
	Path directory;

	@ParameterizedTest
	@EnumSource
	void allListenersAreHandedOver(ServerKind kind) throws Exception {
		try (SampleServer first = start("first", kind, "--management.server.port=0", "--sample.echo-port=0",
				"--sample.additional-port=0")) {
			// In the order in which they are bound.
			int echo = boundPort(first, "echo");
			String additionalName = "server/*:0";
			int additional = !kind.isNetty() ? boundPort(first, additionalName) : 0;
			int management = boundPort(first, "management");
			first.awaitServing();
			List<RawConnection> keptAlive = new ArrayList<>(List.of(RawConnection.to(management)));
			if (additional != 0) {
				keptAlive.add(RawConnection.to(additional));
			}
			for (RawConnection connection : keptAlive) {
				assertThat(connection.get("/actuator/health").response().saysClose()).isFalse();
			}
			RawConnection echoing = RawConnection.to(echo);
			assertThat(echoing.send("a\n").line()).isEqualTo("generation 0: a");
			try (SampleServer second = start("second", kind, "--management.server.port=0", "--sample.echo-port=" + echo,
					"--sample.additional-port=0")) {
				if (additional != 0) {
					second.process
						.await("Listener '%s' inherited at .*:%d".formatted(pattern(additionalName), additional));
				}
				second.process.await("Listener 'management' inherited at .*:" + management);
				second.awaitServing();
				first.process.await("-> DRAINING");
				for (RawConnection connection : keptAlive) {
					Response last = connection.get("/actuator/health").response();
					assertThat(last.saysClose()).isTrue();
					assertThat(connection.isAtEnd()).isTrue();
					connection.close();
				}
				assertThat(echoing.send("b\n").line()).isEqualTo("generation 0: b");
				echoing.close();
				assertThat(first.process.awaitExit()).isZero();
				assertThat(SampleServer.get(management, "/actuator/health").status()).isEqualTo(200);
				try (RawConnection connection = RawConnection.to(echo)) {
					assertThat(connection.send("c\n").line()).isEqualTo("generation 1: c");
				}
				removedAndMovedListeners(kind, second, management, echo);
			}
		}
	}

	private void removedAndMovedListeners(ServerKind kind, SampleServer second, int management, int echo)
			throws Exception {
		int moved = SampleServer.freePort();
		try (SampleServer refused = start("refused", kind, "--management.server.port=" + moved)) {
			assertThat(refused.process.awaitExit()).isOne();
			assertThat(refused.process.awaitOutput()).contains("APPLICATION FAILED TO START",
					"listener 'management' at", "listener 'echo' at", "handoff.allow-dropped-listeners=true");
		}
		assertThat(SampleServer.get(management, "/actuator/health").status()).isEqualTo(200);
		RawConnection.to(echo).close();
		try (SampleServer third = start("third", kind, "--management.server.port=" + moved,
				"--handoff.allow-dropped-listeners=true")) {
			int port = Integer.parseInt(third.process.await("Listener 'server' inherited at \\S+:(\\d+)").group(1));
			third.process
				.await("Listener 'management' is now at .*:%d and no longer at .*:%d".formatted(moved, management));
			third.process.await("Listener 'echo' at .*:%d is not used any more: closed".formatted(echo));
			third.awaitServing();
			assertThat(second.process.awaitExit()).isZero();
			assertThat(SampleServer.get(moved, "/actuator/health").status()).isEqualTo(200);
			assertThatThrownBy(() -> RawConnection.to(echo)).isInstanceOf(ConnectException.class);
			assertThatThrownBy(() -> RawConnection.to(management)).isInstanceOf(ConnectException.class);
			theManagementPortIsClosedLast(third, port, moved);
		}
	}

	private void theManagementPortIsClosedLast(SampleServer server, int port, int management) throws Exception {
		try (RawConnection slow = RawConnection.to(port);
				RawConnection other = RawConnection.to(port);
				RawConnection keptAlive = RawConnection.to(management)) {
			assertThat(keptAlive.get("/actuator/health").response().status()).isEqualTo(200);
			assertThat(other.get("/generation").response().status()).isEqualTo(200);
			slow.get("/poll");
			assertThat(other.get("/generation").response().status()).isEqualTo(200);
			server.process.signal("TERM");
			server.process.await("SERVING -> DRAINING");
			assertThatThrownBy(() -> RawConnection.to(port)).isInstanceOf(ConnectException.class);
			assertThat(SampleServer.get(management, "/actuator/health").body()).contains("status");
			assertThat(keptAlive.get("/actuator/health").response().body()).contains("status");
			assertThat(other.get("/go-on").response().status()).isEqualTo(200);
			assertThat(slow.response().body()).isEqualTo("polled");
			assertThat(server.process.awaitExit()).isEqualTo(128 + 15);
		}
	}

	@Test
	void aProxyIsToldNotToUseItsAjpConnectionAgain() throws Exception {
		try (SampleServer first = start("first", ServerKind.TOMCAT, "--sample.ajp-port=0")) {
			int port = boundPort(first, "server/127.0.0.1:0");
			first.awaitServing();
			try (AjpConnection idle = AjpConnection.to(port); AjpConnection inFlight = AjpConnection.to(port)) {
				assertThat(idle.get("/generation", "open sesame").response())
					.isEqualTo(new AjpConnection.Response(200, "generation 0", true));
				inFlight.get("/poll", "open sesame");
				try (SampleServer second = start("second", ServerKind.TOMCAT, "--sample.ajp-port=0")) {
					second.process.await("Listener 'server/127.0.0.1:0' inherited at .*:" + port);
					second.awaitServing();
					first.process.await("-> DRAINING");
					assertThat(idle.get("/go-on", "open sesame").response())
						.isEqualTo(new AjpConnection.Response(200, "going on", false));
					assertThat(idle.isAtEnd()).isTrue();
					assertThat(inFlight.response()).isEqualTo(new AjpConnection.Response(200, "polled", false));
					assertThat(inFlight.isAtEnd()).isTrue();
					assertThat(first.process.awaitExit()).isZero();
					try (AjpConnection connection = AjpConnection.to(port)) {
						assertThat(connection.get("/generation", "open sesame").response())
							.isEqualTo(new AjpConnection.Response(200, "generation 1", true));
					}
					try (AjpConnection stranger = AjpConnection.to(port)) {
						assertThat(stranger.get("/generation", null).response().status()).isEqualTo(403);
					}
				}
			}
		}
	}

	@Test
	void aConnectorThatHidesItsSecretIsNamed() throws Exception {
		try (SampleServer server = start("server", ServerKind.TOMCAT, "--sample.ajp-port=0",
				"--sample.ajp-secret-required=true")) {
			server.process.await("cannot be handed over: it does not tell whether it has the secret that it requires");
			server.awaitServing();
		}
	}

	private SampleServer start(String name, ServerKind kind, String... arguments) {
		return SampleServer.start(name, this.directory, kind, arguments);
	}

	private static String pattern(String name) {
		return name.replace("*", "\\*");
	}

	private static int boundPort(SampleServer server, String listener) {
		return Integer
			.parseInt(server.process.await("Listener '%s' bound at \\S+:(\\d+)".formatted(pattern(listener))).group(1));
	}

}
