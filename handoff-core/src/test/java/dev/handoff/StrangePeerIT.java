package dev.handoff;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Peers that do not keep to the protocol. The server serves on and takes the next one.
 */
@Tag("jdk-independent")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@ExtendWith(Processes.class)
class StrangePeerIT {

	@TempDir
	private Path directory;

	@Test
	void diallersThatDoNotKeepToTheProtocolAreRefusedAndTheServerServesOn() throws Exception {
		ServerProcess server = start("server", "-Dtest.step=2000");
		int port = server.port("http");
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);

		assertThat(refusalOf(bytes("GET / HTTP/1.1\r\n\r\n"))).isEqualTo(Refused.Reason.VERSION);
		assertThat(refusalOf(FrameCodec.encode(new Message.Ready(false)))).isEqualTo(Refused.Reason.VERSION);
		assertThat(refusalOf(hello(7, 9, "test"))).isEqualTo(Refused.Reason.VERSION);
		assertThat(refusalOf(hello(1, 1, "other"))).isEqualTo(Refused.Reason.OTHER_APPLICATION);
		// Says nothing, or not enough, until the step timeout.
		assertThat(refusalOf(ByteBuffer.allocate(0))).isEqualTo(Refused.Reason.BUSY);
		ByteBuffer truncated = hello(1, 1, "test");
		assertThat(refusalOf(truncated.slice(0, truncated.remaining() - 1))).isEqualTo(Refused.Reason.BUSY);
		// A payload of 4 GiB is announced.
		assertThat(refusalOf(ByteBuffer.wrap(HexFormat.of().parseHex("484f4646" + "0101" + "0000" + "ffffffff"))))
			.isEqualTo(Refused.Reason.VERSION);

		assertThat(LineClient.ask(port, "x")).contains("generation 0");
		ServerProcess successor = start("successor");
		successor.await("^started generation 1");
		successor.ready();
		assertThat(server.awaitExit()).isZero();
	}

	@Test
	void aSuccessorThatTalksNonsenseAfterTheOfferIsAbandoned() throws Exception {
		ServerProcess server = start("server");
		server.await("^started");
		server.ready();
		server.awaitState(HandoffState.SERVING);
		for (String nonsense : List.of("nonsense", "")) {
			try (SocketChannel successor = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
				successor.write(hello(1, 9, "test"));
				server.awaitState(HandoffState.OFFERING);
				assertThat(next(successor, new FrameDecoder())).isInstanceOf(Message.Offer.class);
				successor.write(FrameCodec.encode(new Message.Adopted()));
				if (!nonsense.isEmpty()) {
					// An unknown message of a newer generation is answered and harms
					// nothing.
					successor
						.write(ByteBuffer.wrap(HexFormat.of().parseHex("484f4646" + "0163" + "0000" + "00000000")));
					server.await("Send Unrecognized\\[type=99\\]");
					successor.write(bytes(nonsense.repeat(10)));
					server.awaitState(HandoffState.SERVING);
				}
			}
			if (nonsense.isEmpty()) {
				server.awaitState(HandoffState.SERVING);
			}
		}
	}

	@Test
	void aServerOnTheControlSocketThatIsNoPredecessorIsLeftAlone() throws Exception {
		try (ServerSocketChannel stranger = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			stranger.bind(UnixDomainSocketAddress.of(socket()));
			Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-------"));
			ServerProcess silent = start("silent", "-Dtest.connect=1500", "-Dtest.step=1000");
			silent.await("^failed HandoffTimeoutException.*connect-timeout");
			assertThat(silent.awaitExit()).isEqualTo(3);
			ServerProcess garbage = start("garbage");
			// The dialler that has given up.
			stranger.accept().close();
			try (SocketChannel second = stranger.accept()) {
				second.write(bytes("220 smtp.example.org ready\r\n"));
				garbage.await("^failed TransferException.*Magic");
				assertThat(garbage.awaitExit()).isEqualTo(3);
			}
			ServerProcess descriptorless = start("descriptorless");
			try (SocketChannel accepted = stranger.accept()) {
				accepted.write(FrameCodec.encode(new Message.Offer(1, 0, 0, 1, "i",
						Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString(),
						List.of(new Message.Offer.Entry("", Message.Offer.Kind.CONTROL, socket().toString(), 1)))));
				accepted.write(FrameCodec.encode(new Message.Descriptors(1)));
				descriptorless.await("^failed TransferException.*0 descriptors arrived");
			}
			assertThat(socket()).exists();
		}
	}

	private Refused.Reason refusalOf(ByteBuffer bytes) throws IOException, MalformedFrameException {
		try (SocketChannel dialler = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
			dialler.write(bytes);
			return ((Refused) next(dialler, new FrameDecoder())).reason();
		}
	}

	private static Message next(SocketChannel channel, FrameDecoder decoder)
			throws IOException, MalformedFrameException {
		ByteBuffer buffer = ByteBuffer.allocate(4096);
		while (true) {
			Message message = decoder.next();
			if (message != null) {
				return message;
			}
			buffer.clear();
			if (channel.read(buffer) < 0) {
				throw new IOException("EOF");
			}
			decoder.feed(buffer.flip());
		}
	}

	private static ByteBuffer hello(int lowest, int highest, String application) throws IOException {
		return FrameCodec.encode(new Message.Hello(lowest, highest, 0, ProcessHandle.current().pid(), "stranger",
				application, "", Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString()));
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

	private ServerProcess start(String name, String... jvmArgs) {
		List<String> arguments = new ArrayList<>(List.of("-Dtest.socket=" + socket()));
		arguments.addAll(List.of(jvmArgs));
		return ServerProcess.start(name, List.of(), arguments, TestServer.class.getName(), List.of("http=127.0.0.1:0"));
	}

}
