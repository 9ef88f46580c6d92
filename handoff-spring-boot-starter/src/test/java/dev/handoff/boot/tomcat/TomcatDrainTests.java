package dev.handoff.boot.tomcat;

import java.io.ByteArrayOutputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.boot.LongLivedExchange;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.RawConnection;
import dev.handoff.boot.RawConnection.Response;
import org.apache.coyote.http2.Http2Protocol;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Tests for {@link TomcatDrain} with real connections.
 */
@Timeout(60)
class TomcatDrainTests {

	private static final int GOAWAY = 7;

	@TempDir
	private Path directory;

	private TestTomcat tomcat;

	private LongLivedExchanges exchanges;

	private TomcatDrain drain;

	@BeforeEach
	void start() throws Exception {
		this.tomcat = TestTomcat.start(this.directory,
				(connector) -> connector.addUpgradeProtocol(new Http2Protocol()));
		this.exchanges = new LongLivedExchanges(Duration.ZERO, Duration.ZERO, LongLivedExchange::end);
		this.drain = new TomcatDrain(this.tomcat.protocol(), this.exchanges);
	}

	@AfterEach
	void stop() throws Exception {
		this.exchanges.close();
		this.tomcat.close();
	}

	@Test
	void nextRequestOfAKeptAliveConnectionIsAnsweredWithClose() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			assertThat(connection.get("/").response().saysClose()).isFalse();
			this.drain.start();
			assertThat(connection.isQuietFor(300)).isTrue();
			Response last = connection.get("/").response();
			assertThat(last.status()).isEqualTo(200);
			assertThat(last.saysClose()).isTrue();
			assertThat(connection.isAtEnd()).isTrue();
		}
	}

	@Test
	void idleConnectionStaysUntilTheOrdinaryKeepAliveTimeout() throws Exception {
		this.tomcat.protocol().setKeepAliveTimeout(1500);
		try (RawConnection connection = this.tomcat.connect()) {
			long begin = System.nanoTime();
			connection.get("/").response();
			this.drain.start();
			assertThat(connection.isAtEnd()).isTrue();
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThanOrEqualTo(Duration.ofMillis(1500));
		}
	}

	@Test
	void requestInFlightIsAnswered() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			connection.get("/slow");
			assertThat(this.tomcat.slowRequestArrived.await(30, TimeUnit.SECONDS)).isTrue();
			this.drain.start();
			awaitRemaining(1);
			this.tomcat.slowRequestMayEnd.countDown();
			assertThat(connection.response().status()).isEqualTo(200);
			assertThat(connection.get("/").response().saysClose()).isTrue();
			awaitNoneRemaining();
		}
	}

	@Test
	void requestWhoseHeaderWasHalfSentIsAnswered() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			connection.send("GET / HTTP/1.1\r\nHost: local");
			awaitRemaining(1);
			this.drain.start();
			Response last = connection.send("host\r\n\r\n").response();
			assertThat(last.status()).isEqualTo(200);
			assertThat(last.saysClose()).isTrue();
			assertThat(connection.isAtEnd()).isTrue();
		}
	}

	@Test
	void requestWhoseBodyWasHalfSentIsAnswered() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			connection.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
			awaitRemaining(1);
			this.drain.start();
			Response response = connection.send("67890").response();
			assertThat(response.status()).isEqualTo(200);
			assertThat(response.body()).isEqualTo("10");
		}
	}

	@Test
	void connectionWithoutAnyByteYetIsServed() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			awaitRemaining(1);
			this.drain.start();
			Response last = connection.get("/").response();
			assertThat(last.status()).isEqualTo(200);
			assertThat(last.saysClose()).isTrue();
		}
	}

	@Test
	void pipelinedRequestsAreAllAnsweredTheLastWithClose() throws Exception {
		String get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
		String post = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc";
		try (RawConnection connection = this.tomcat.connect()) {
			connection.get("/").response();
			this.drain.start();
			connection.send(get + post + get + post);
			assertThat(connection.response().saysClose()).isFalse();
			assertThat(connection.response().saysClose()).isFalse();
			assertThat(connection.response().saysClose()).isFalse();
			Response last = connection.response();
			assertThat(last.body()).isEqualTo("3");
			assertThat(last.saysClose()).isTrue();
			assertThat(connection.isAtEnd()).isTrue();
		}
	}

	@Test
	void requestsPipelinedBehindOneInFlightAreAllAnswered() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			String get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
			connection.send(get.replace("/ ", "/slow ") + get + get);
			assertThat(this.tomcat.slowRequestArrived.await(30, TimeUnit.SECONDS)).isTrue();
			this.drain.start();
			this.tomcat.slowRequestMayEnd.countDown();
			assertThat(connection.response().saysClose()).isFalse();
			assertThat(connection.response().saysClose()).isFalse();
			assertThat(connection.response().saysClose()).isTrue();
			assertThat(connection.isAtEnd()).isTrue();
		}
	}

	@Test
	void cancelLetsConnectionsLiveOn() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			this.drain.start();
			this.drain.cancel();
			assertThat(connection.get("/").response().saysClose()).isFalse();
			assertThat(connection.get("/").response().saysClose()).isFalse();
		}
	}

	@Test
	void remainingCountsWhatTheAcceptorHasNotPassedOn() throws Exception {
		this.tomcat.pauseWhileAccepting();
		try (RawConnection connection = this.tomcat.connect()) {
			awaitRemaining(1);
			assertThat(this.tomcat.protocol().endpoint().getConnections()).isEmpty();
			this.tomcat.connector.resume();
			assertThat(connection.get("/").response().status()).isEqualTo(200);
			awaitRemaining(1);
		}
		awaitNoneRemaining();
	}

	@Test
	void forceClosesWhatIsLeft() throws Exception {
		try (RawConnection silent = this.tomcat.connect(); RawConnection inFlight = this.tomcat.connect()) {
			inFlight.get("/slow");
			assertThat(this.tomcat.slowRequestArrived.await(30, TimeUnit.SECONDS)).isTrue();
			awaitRemaining(2);
			this.drain.start();
			assertThat(this.drain.force()).isEqualTo(Map.of("idle", 1, "request", 1));
			assertThat(silent.isAtEnd()).isTrue();
			assertThatThrownBy(inFlight::isAtEnd).isInstanceOf(SocketException.class);
			this.tomcat.slowRequestMayEnd.countDown();
			awaitNoneRemaining();
			assertThat(this.drain.force()).isEmpty();
		}
	}

	@Test
	void closeIdleSparesWhatIsGoingOn() throws Exception {
		try (RawConnection silent = this.tomcat.connect(); RawConnection halfSent = this.tomcat.connect()) {
			awaitRemaining(2);
			halfSent.send("GET / HTTP/1.1\r\nHo");
			this.drain.start();
			Awaitility.await().until(() -> this.drain.toString().contains("request=1"));
			this.drain.closeIdle();
			assertThat(silent.isAtEnd()).isTrue();
			halfSent.send("st: localhost\r\n\r\n");
			assertThat(halfSent.response().saysClose()).isTrue();
			assertThat(halfSent.isAtEnd()).isTrue();
		}
	}

	@Test
	void http2ConnectionsAreToldToGoAway() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			connection.send(http2Preface());
			Awaitility.await().until(() -> nextFrameType(connection) == 4);
			this.drain.start();
			pollUntilNoneRemains();
			Awaitility.await().until(() -> nextFrameType(connection) == GOAWAY);
			awaitRemaining(1);
		}
		awaitNoneRemaining();
	}

	@Test
	void connectionsThatTurnHttp2LaterAreToldToGoAway() throws Exception {
		try (RawConnection connection = this.tomcat.connect()) {
			awaitRemaining(1);
			this.drain.start();
			connection.send(http2Preface());
			Awaitility.await().until(() -> nextFrameType(connection) == 4);
			pollUntilNoneRemains();
			Awaitility.await().until(() -> nextFrameType(connection) == GOAWAY);
		}
	}

	/**
	 * As the session does: each time, connections are told that were not ready before.
	 */
	private void pollUntilNoneRemains() {
		Thread poller = new Thread(this::awaitNoneRemaining);
		poller.setDaemon(true);
		poller.start();
	}

	private static byte[] http2Preface() {
		ByteArrayOutputStream preface = new ByteArrayOutputStream();
		preface.writeBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
		preface.writeBytes(new byte[] { 0, 0, 0, 4, 0, 0, 0, 0, 0 });
		return preface.toByteArray();
	}

	private static int nextFrameType(RawConnection connection) throws Exception {
		ByteBuffer header = ByteBuffer.wrap(connection.read(9));
		int lengthAndType = header.getInt();
		connection.read(lengthAndType >>> 8);
		return lengthAndType & 0xFF;
	}

	private void awaitRemaining(int remaining) {
		Awaitility.await().until(() -> this.drain.remaining() == remaining);
	}

	private void awaitNoneRemaining() {
		awaitRemaining(0);
	}

}
