package dev.handoff.demo.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;

import dev.handoff.demo.load.Failure.Kind;
import dev.handoff.demo.load.MisbehavingServer.Behaviour;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link LoadClients}: each kind of failure is seen, as what it is, and once.
 */
@Tag("jdk-independent")
@Timeout(30)
class LoadClientsTests {

	private static final String WHO_AM_I = "{\"generation\":0,\"instance\":\"a\"}";

	private final Tally tally = new Tally();

	private Duration limit = Duration.ofSeconds(10);

	private final SplittableRandom random = new SplittableRandom(1);

	@Test
	void whenAllIsWellThenNothingFails() throws Exception {
		Behaviour twice = (peer) -> {
			peer.readRequest();
			peer.answer();
			peer.readRequest();
			peer.answer();
		};
		try (MisbehavingServer server = new MisbehavingServer(twice)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			assertThat(kept).isNotNull();
			assertThat(send(server, kept, LoadClients::get)).isSameAs(kept);
			assertThat(this.tally.failed()).isZero();
			assertThat(this.tally.answeredBy(0)).isEqualTo(2);
			assertThat(server.connections()).isEqualTo(1);
		}
	}

	@Test
	void whenNobodyListensThenTheRequestIsRefused() throws Exception {
		InetSocketAddress address;
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			address = (InetSocketAddress) socket.getLocalSocketAddress();
		}
		clients(address).send("test", null, true, LoadClients::get, this.random);
		assertOnlyFailure(Kind.REFUSED);
	}

	@Test
	void whenTheConnectionIsResetInsteadOfAResponseThenThatIsAReset() throws Exception {
		assertOnlyFailure(Kind.RESET, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.resetOnClose();
		});
	}

	@Test
	void whenAnIdleConnectionIsResetThenThatIsAReset() throws Exception {
		Behaviour reset = (peer) -> {
			peer.readRequest();
			peer.answer();
			peer.resetOnClose();
		};
		try (MisbehavingServer server = new MisbehavingServer(reset)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			assertThat(server.awaitConnectionEnd()).isTrue();
			// The response may have been read before the reset came, or be lost with it.
			if (kept != null) {
				assertThat(send(server, kept, LoadClients::get)).isNull();
			}
			assertOnlyFailure(Kind.RESET);
		}
	}

	@Test
	void whenTheConnectionEndsInsteadOfAResponseThenThatIsAnEof() throws Exception {
		assertOnlyFailure(Kind.EOF, LoadClients::get, (peer) -> peer.readRequest());
	}

	@Test
	void whenTheConnectionEndsInTheHeadThenThatIsAnEof() throws Exception {
		assertOnlyFailure(Kind.EOF, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 200 \r\nX-Gener");
		});
	}

	@Test
	void whenTheConnectionEndsInTheBodyThenThatIsAnEof() throws Exception {
		assertOnlyFailure(Kind.EOF, LoadClients::post, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 200 \r\nX-Generation: 0\r\nContent-Length: 16384\r\n\r\nabc");
		});
	}

	@Test
	void whenTheConnectionEndsInAChunkedBodyThenThatIsAnEof() throws Exception {
		assertOnlyFailure(Kind.EOF, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 200 \r\nX-Generation: 0\r\nTransfer-Encoding: chunked\r\n\r\n1f\r\n" + WHO_AM_I);
		});
	}

	@Test
	void whenAKeptConnectionEndsAfterTheRequestThenThatIsAnEofAndNotTriedAgain() throws Exception {
		Behaviour once = (peer) -> {
			peer.readRequest();
			peer.answer();
			peer.readRequest();
		};
		try (MisbehavingServer server = new MisbehavingServer(once)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			assertThat(send(server, kept, LoadClients::get)).isNull();
			assertThat(server.awaitConnectionEnd()).isTrue();
			assertOnlyFailure(Kind.EOF);
			assertThat(this.tally.requests()).isEqualTo(2);
			assertThat(server.requests()).isEqualTo(2);
			assertThat(server.connections()).isEqualTo(1);
		}
	}

	@Test
	void whenTheServerClosesAnIdleConnectionThenTheNextRequestTakesANewOne() throws Exception {
		Behaviour closeWhenIdle = (peer) -> {
			peer.readRequest();
			peer.answer();
		};
		try (MisbehavingServer server = new MisbehavingServer(closeWhenIdle)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			assertThat(kept).isNotNull();
			assertThat(server.awaitConnectionEnd()).isTrue();
			assertThat(send(server, kept, LoadClients::get)).isNotNull().isNotSameAs(kept);
			assertThat(this.tally.failed()).isZero();
			assertThat(this.tally.idleCloses()).isEqualTo(1);
		}
	}

	@Test
	void whenTheResponseAnnouncesTheCloseThenTheNextRequestTakesANewConnection() throws Exception {
		Behaviour announce = (peer) -> {
			peer.readRequest();
			peer.answer("Connection: close\r\n", WHO_AM_I);
		};
		try (MisbehavingServer server = new MisbehavingServer(announce)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			send(server, kept, LoadClients::get);
			assertThat(this.tally.failed()).isZero();
			assertThat(this.tally.idleCloses()).isZero();
			assertThat(server.connections()).isEqualTo(2);
		}
	}

	@Test
	void whenTheServerHangsThenThatIsATimeout() throws Exception {
		this.limit = Duration.ofMillis(500);
		assertOnlyFailure(Kind.TIMEOUT, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.hang();
		});
	}

	@Test
	void whenTheServerTricklesThenThatIsATimeoutOfTheExchangeAsAWhole() throws Exception {
		this.limit = Duration.ofMillis(500);
		assertOnlyFailure(Kind.TIMEOUT, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.trickle();
		});
	}

	@Test
	void whenTheServerIsUnavailableThenThatIsNon2xx() throws Exception {
		assertOnlyFailure(Kind.STATUS, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 503 \r\nX-Generation: 0\r\nContent-Length: 0\r\n\r\n");
		});
	}

	@Test
	void whenOneByteOfTheEchoDiffersThenThatIsAWrongBody() throws Exception {
		LoadClients.Request post = (connection, keepAlive, ignored) -> LoadClients.post(connection, keepAlive,
				new SplittableRandom(7));
		byte[] expected = new byte[16 * 1024];
		new SplittableRandom(7).nextBytes(expected);
		assertOnlyFailure(Kind.BODY, post, (peer) -> {
			byte[] body = peer.readRequest();
			assertThat(Arrays.equals(body, expected)).isTrue();
			peer.answer("", "x".repeat(body.length));
		});
	}

	@Test
	void whenTheBodyNamesAnotherGenerationThanTheHeaderThenThatIsAWrongBody() throws Exception {
		assertOnlyFailure(Kind.BODY, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.answer("", WHO_AM_I.replace('0', '1'));
		});
	}

	@Test
	void whenNoGenerationIsNamedThenThatIsAWrongBody() throws Exception {
		assertOnlyFailure(Kind.BODY, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n");
		});
	}

	@Test
	void whenTheResponseIsGarbageThenThatIsAWrongBody() throws Exception {
		assertOnlyFailure(Kind.BODY, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 twohundred\r\nContent-Length: x\r\n\r\n");
		});
	}

	@Test
	void whenTheBodyHasNoLengthThenThatIsAWrongBody() throws Exception {
		assertOnlyFailure(Kind.BODY, LoadClients::get, (peer) -> {
			peer.readRequest();
			peer.write("HTTP/1.1 200 \r\nX-Generation: 0\r\n\r\n" + WHO_AM_I);
		});
	}

	@Test
	void whenThereAreBytesThatNoRequestAskedForThenThatIsAWrongBody() throws Exception {
		Behaviour talkative = (peer) -> {
			peer.readRequest();
			peer.answer();
			peer.answer();
		};
		try (MisbehavingServer server = new MisbehavingServer(talkative)) {
			HttpConnection kept = send(server, null, LoadClients::get);
			assertThat(server.awaitConnectionEnd()).isTrue();
			send(server, kept, LoadClients::get);
			assertOnlyFailure(Kind.BODY);
		}
	}

	@Test
	@SuppressWarnings("try") // the client runs, nobody talks to it
	void whenAClientEndsByItselfThenThatIsAFailure() throws Exception {
		LoadClients.Request broken = (connection, keepAlive, ignored) -> {
			throw new IllegalStateException("broken");
		};
		try (MisbehavingServer server = new MisbehavingServer((peer) -> peer.hang());
				LoadClients clients = clients(server.address())) {
			clients.start("test", 0, new LoadClients.Pace(0, 0), true, broken);
			Awaitility.await().until(() -> this.tally.failed() > 0);
		}
		assertOnlyFailure(Kind.OTHER);
	}

	private void assertOnlyFailure(Kind kind, LoadClients.Request request, Behaviour behaviour) throws IOException {
		try (MisbehavingServer server = new MisbehavingServer(behaviour)) {
			assertThat(send(server, null, request)).isNull();
			assertOnlyFailure(kind);
			assertThat(this.tally.requests()).isEqualTo(1);
			// It may be slower than the client's limit.
			Awaitility.await().until(() -> server.requests() > 0);
			assertThat(server.requests()).as("requests, the client never retries").isEqualTo(1);
		}
	}

	private void assertOnlyFailure(Kind kind) {
		assertThat(this.tally.failed(kind)).as(() -> this.tally.table()).isEqualTo(1);
		assertThat(this.tally.failed()).isEqualTo(1);
	}

	private @Nullable HttpConnection send(MisbehavingServer server, @Nullable HttpConnection kept,
			LoadClients.Request request) {
		return clients(server.address()).send("test", kept, true, request, this.random);
	}

	private LoadClients clients(InetSocketAddress address) {
		return new LoadClients(address, this.limit, this.tally);
	}

}
