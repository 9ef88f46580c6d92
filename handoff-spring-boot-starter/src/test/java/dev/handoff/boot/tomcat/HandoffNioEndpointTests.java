package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import dev.handoff.Listener;
import dev.handoff.boot.RawConnection;
import dev.handoff.boot.TestListener;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link HandoffNioEndpoint} in a real Tomcat.
 */
@Timeout(60)
class HandoffNioEndpointTests {

	@TempDir
	private Path directory;

	private final TomcatLog log = TomcatLog.open();

	@AfterEach
	void closeLog() {
		this.log.close();
	}

	@Test
	void itServesOnTheListenerThatItAskedFor() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory); RawConnection connection = tomcat.connect()) {
			assertThat(connection.get("/").response().status()).isEqualTo(200);
			assertThat(tomcat.listener().name()).isEqualTo("server");
			assertThat(tomcat.listener().acceptedCount()).isEqualTo(1);
			assertThat(((InetSocketAddress) tomcat.listener().address()).getAddress().isAnyLocalAddress()).isTrue();
		}
	}

	@Test
	void itServesOnAnAddressOfIpVersion6() throws Exception {
		byte[] address = new byte[16];
		address[15] = 1;
		InetAddress loopback = InetAddress.getByAddress(address);
		try (TestTomcat tomcat = TestTomcat.start(this.directory,
				(connector) -> connector.setProperty("address", "::1"));
				RawConnection connection = RawConnection
					.to(new InetSocketAddress(loopback, tomcat.connector.getLocalPort()))) {
			assertThat(connection.get("/").response().status()).isEqualTo(200);
		}
	}

	@Test
	void itBindsByItselfWithoutASource() throws Exception {
		HandoffNioEndpoint endpoint = new HandoffNioEndpoint();
		endpoint.setBindOnInit(true);
		endpoint.setPort(0);
		endpoint.init();
		try {
			assertThat(endpoint.getLocalPort()).isPositive();
			assertThat(endpoint.connectionsInHand()).isZero();
		}
		finally {
			endpoint.destroy();
		}
	}

	@Test
	void aSocketThatIsThereAlreadyGetsTheReceiveBufferThatIsConfigured() throws Exception {
		HandoffOptions options = HandoffOptions.forApplication("test")
			.controlSocket(this.directory.resolve("control.sock"))
			.build();
		try (Handoff handoff = Handoff.start(options)) {
			Listener listener = handoff.listener("server", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
					1);
			HandoffNioEndpoint endpoint = new HandoffNioEndpoint();
			endpoint.use((address, backlog) -> listener);
			endpoint.setPort(0);
			endpoint.getSocketProperties().setRxBufSize(9000);
			endpoint.bind();
			try (ServerSocketChannel channel = listener.duplicateChannel()) {
				assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(9000);
			}
			finally {
				endpoint.unbind();
			}
		}
	}

	@Test
	void acceptorIsQuietWhenTheListenerWasGivenUp() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory); RawConnection connection = tomcat.connect()) {
			int port = tomcat.connector.getLocalPort();
			connection.get("/").response();
			tomcat.listener().close();
			Awaitility.await().until(() -> tomcat.acceptor().getState() == Thread.State.WAITING);
			assertThat(connection.get("/").response().status()).isEqualTo(200);
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> RawConnection.to(port).close());
			assertThat(tomcat.acceptor().getState()).isEqualTo(Thread.State.WAITING);
			Awaitility.await().until(() -> tomcat.protocol().endpoint().connectionsInHand() == 1);
		}
		assertThat(this.log.complaints()).isEmpty();
	}

	@Test
	void stopEndsAnAcceptorThatWaitsForConnections() throws Exception {
		TestTomcat tomcat = TestTomcat.start(this.directory);
		Thread acceptor = tomcat.acceptor();
		TestListener listener = tomcat.listener();
		tomcat.close();
		acceptor.join(Duration.ofSeconds(10).toMillis());
		assertThat(acceptor.isAlive()).isFalse();
		assertThat(listener.isClosed()).isTrue();
		assertThat(listener.acceptedCount()).as("connections made to wake the acceptor").isZero();
		assertThat(this.log.complaints()).isEmpty();
	}

	@Test
	void gracefulCloseLeavesConnectionsInHandAlone() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory); RawConnection connection = tomcat.connect()) {
			connection.get("/slow");
			assertThat(tomcat.slowRequestArrived.await(30, TimeUnit.SECONDS)).isTrue();
			tomcat.connector.pause();
			tomcat.protocol().closeServerSocketGraceful();
			assertThat(tomcat.listener().isClosed()).isTrue();
			tomcat.slowRequestMayEnd.countDown();
			assertThat(connection.response().status()).isEqualTo(200);
		}
		assertThat(this.log.complaints()).isEmpty();
	}

	@Test
	void whatIsAcceptedDuringAPauseIsServedAfterIt() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory)) {
			tomcat.pauseWhileAccepting();
			try (RawConnection connection = tomcat.connect().get("/")) {
				assertThat(connection.isQuietFor(300)).isTrue();
				tomcat.connector.resume();
				assertThat(connection.response().status()).isEqualTo(200);
			}
		}
	}

	@Test
	void restartedConnectorAsksForItsListenerAgain() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory)) {
			tomcat.connector.stop();
			assertThat(tomcat.listener().isClosed()).isTrue();
			tomcat.connector.start();
			assertThat(tomcat.listeners).hasSize(2);
			try (RawConnection connection = tomcat.connect()) {
				assertThat(connection.get("/").response().status()).isEqualTo(200);
			}
			tomcat.listener().close();
			Awaitility.await().until(() -> tomcat.acceptor().getState() == Thread.State.WAITING);
			assertThat(tomcat.acceptor().getState()).isEqualTo(Thread.State.WAITING);
		}
	}

	@Test
	void failedAcceptIsFollowedByOthers() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory)) {
			tomcat.listener().failNextAccept(new IOException("Too many open files"));
			Awaitility.await().until(() -> !this.log.complaints().isEmpty());
			assertThat(this.log.complaints()).singleElement().asString().contains("Too many open files");
			try (RawConnection connection = tomcat.connect()) {
				assertThat(connection.get("/").response().status()).isEqualTo(200);
			}
		}
	}

	@Test
	void connectionBeyondTheLimitWaitsForAFreePlace() throws Exception {
		try (TestTomcat tomcat = TestTomcat.start(this.directory,
				(connector) -> connector.setProperty("maxConnections", "1")); RawConnection first = tomcat.connect()) {
			assertThat(first.get("/").response().status()).isEqualTo(200);
			try (RawConnection second = tomcat.connect().get("/")) {
				assertThat(second.isQuietFor(300)).isTrue();
				Awaitility.await().until(() -> tomcat.protocol().endpoint().connectionsInHand() == 1);
				first.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").response();
				assertThat(second.response().status()).isEqualTo(200);
			}
		}
	}

}
