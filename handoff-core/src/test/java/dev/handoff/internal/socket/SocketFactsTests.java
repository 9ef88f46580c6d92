package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;

import dev.handoff.internal.libc.LibC.Family;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link SocketFacts}.
 */
class SocketFactsTests {

	@TempDir
	Path directory;

	@Test
	void aListenerListens() throws IOException {
		try (ServerSocketChannel channel = listen("127.0.0.1")) {
			SocketFacts facts = facts(channel);
			assertThat(facts.listening()).isTrue();
			assertThat(facts.type()).isEqualTo(SocketFacts.Type.STREAM);
			assertThat(facts.address()).isEqualTo("127.0.0.1:" + channel.socket().getLocalPort());
			assertThat(facts.inode()).isPositive();
		}
	}

	@Test
	void aBoundSocketDoesNotListenYet() throws IOException {
		try (SocketChannel channel = SocketChannel.open()
			.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
			assertThat(facts(channel).listening()).isFalse();
		}
	}

	@Test
	void aConnectedSocketDoesNotListen() throws IOException {
		try (ServerSocketChannel channel = listen("127.0.0.1");
				SocketChannel client = SocketChannel.open(channel.getLocalAddress());
				SocketChannel server = channel.accept()) {
			assertThat(facts(client).listening()).isFalse();
			assertThat(facts(server).listening()).isFalse();
			assertThat(facts(server).address()).isEqualTo(facts(channel).address());
			assertThat(facts(server).inode()).isNotEqualTo(facts(channel).inode());
		}
	}

	@Test
	void aDuplicateHasTheSameFacts() throws IOException {
		try (ServerSocketChannel channel = listen("127.0.0.1")) {
			SocketFacts facts = facts(channel);
			FileDescriptor duplicate = Descriptors.duplicate(DescriptorSearch.of(channel, -1));
			assertThat(SocketFacts.of(duplicate)).isEqualTo(facts);
			Descriptors.close(duplicate);
		}
	}

	@Test
	void theWildcardIsTheSameForBothFamilies() throws IOException {
		try (ServerSocketChannel dual = ServerSocketChannel.open().bind(new InetSocketAddress(0));
				ServerSocketChannel inet = ServerSocketChannel.open(StandardProtocolFamily.INET)
					.bind(new InetSocketAddress(0))) {
			assertThat(facts(dual).family()).isEqualTo(Family.INET6);
			assertThat(facts(dual).address()).isEqualTo("[::]:" + dual.socket().getLocalPort());
			assertThat(facts(inet).family()).isEqualTo(Family.INET);
			assertThat(facts(inet).address()).isEqualTo("0.0.0.0:" + inet.socket().getLocalPort());
		}
	}

	@Test
	void anInet6LoopbackIsCompressed() throws IOException {
		try (ServerSocketChannel channel = listen("::1")) {
			assertThat(facts(channel).address()).isEqualTo("[::1]:" + channel.socket().getLocalPort());
		}
	}

	@ParameterizedTest
	@CsvSource({ "::, [::]:80", "::1, [::1]:80", "1::, [1::]:80", "2001:db8:0:0:1:0:0:1, [2001:db8::1:0:0:1]:80",
			"1:0:2:3:4:5:6:7, [1:0:2:3:4:5:6:7]:80", "2001:0:0:1:0:0:0:1, [2001:0:0:1::1]:80",
			"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789, [abcd:ef01:2345:6789:abcd:ef01:2345:6789]:80",
			"fe80::1%1, [fe80::1%1]:80", "0.0.0.0, 0.0.0.0:80", "192.0.2.7, 192.0.2.7:80",
			"::ffff:192.0.2.7, 192.0.2.7:80" })
	void addressesHaveOneText(String address, String text) throws IOException {
		assertThat(SocketFacts.text(new InetSocketAddress(InetAddress.getAllByName(address)[0], 80))).isEqualTo(text);
	}

	@Test
	void aDatagramSocketIsOne() throws IOException {
		try (DatagramChannel channel = DatagramChannel.open().bind(new InetSocketAddress(0))) {
			assertThat(facts(channel).type()).isEqualTo(SocketFacts.Type.DATAGRAM);
			assertThat(facts(channel).listening()).isFalse();
			assertThat(facts(channel).address()).isEqualTo("[::]:" + channel.socket().getLocalPort());
		}
	}

	@Test
	void aUnixListenerHasAPath() throws IOException {
		Path path = this.directory.resolve("socket");
		try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
			.bind(UnixDomainSocketAddress.of(path));
				SocketChannel client = SocketChannel.open(channel.getLocalAddress())) {
			assertThat(facts(channel)).isEqualTo(new SocketFacts(true, SocketFacts.Type.STREAM, Family.UNIX,
					UnixDomainSocketAddress.of(path), facts(channel).inode()));
			assertThat(facts(channel).address()).isEqualTo(path.toString());
			assertThat(facts(client).address()).isEmpty();
		}
	}

	@Test
	void aFileHasNone() throws IOException {
		try (FileInputStream file = new FileInputStream(Files.createFile(this.directory.resolve("file")).toFile())) {
			assertThatIOException().isThrownBy(() -> SocketFacts.of(file.getFD()));
		}
	}

	@Test
	void aClosedDescriptorHasNone() throws IOException {
		ServerSocketChannel channel = listen("127.0.0.1");
		ReceivedDescriptor duplicate = new ReceivedDescriptor(
				FileDescriptorCast.duplicating(DescriptorSearch.of(channel, -1)).getFileDescriptor());
		channel.close();
		var descriptor = duplicate.giveAway();
		Descriptors.close(descriptor);
		assertThatIOException().isThrownBy(() -> SocketFacts.of(descriptor));
	}

	private static ServerSocketChannel listen(String address) throws IOException {
		return ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getAllByName(address)[0], 0));
	}

	private static SocketFacts facts(NetworkChannel channel) throws IOException {
		return SocketFacts.of(DescriptorSearch.of(channel, -1));
	}

}
