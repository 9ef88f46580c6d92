package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link SocketTable} and {@link SocketHolder}, on this process's sockets.
 */
class SocketTableTests {

	private static final Path SELF = Path.of("/proc/self").toAbsolutePath();

	private static final String TABLE = """
			  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
			   0: 0100007F:1F90 00000000:0000 0A 00000000:00000011 00:00000000 00000000     0        0 901 1 0
			   1: 0100007F:1F91 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 902 1 0
			   2: 0100007F:1F90 0100007F:A0B0 01 00000000:00000FFF 00:00000000 00000000     0        0 903 1 0
			""";

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "0.0.0.0", "::1", "::" })
	void aListenerIsFoundByItsAddress(String host) throws IOException {
		try (ServerSocketChannel channel = ServerSocketChannel.open()) {
			channel.bind(new InetSocketAddress(host, 0));
			long inode = SocketFacts.of(DescriptorSearch.of(channel, -1)).inode();
			assertThat(SocketTable.listeners(SELF)).filteredOn((entry) -> entry.inode() == inode)
				.singleElement()
				.satisfies((entry) -> assertThat(AddressMatch.suits(entry.address(), channel.getLocalAddress()))
					.as(entry.text())
					.isTrue());
			assertThat(ownSockets()).contains(inode);
		}
		assertThat(addresses(SocketTable.listeners(SELF))).doesNotContain(new InetSocketAddress(host, 1));
	}

	@Test
	void aUnixDomainListenerIsFoundByItsPath(@TempDir Path directory) throws IOException {
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("a path with blanks"));
		try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			channel.bind(address);
			assertThat(addresses(SocketTable.listeners(SELF))).contains(address);
			try (SocketChannel connection = SocketChannel.open(address)) {
				assertThat(addresses(SocketTable.listeners(SELF))).containsOnlyOnce(address);
				assertThat(connection.isConnected()).isTrue();
			}
		}
	}

	@Test
	void onlyUdpSocketsThatAreNotConnectedWaitForClients() throws IOException {
		try (DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET)) {
			channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			SocketAddress address = channel.getLocalAddress();
			assertThat(addresses(SocketTable.datagramSockets(SELF))).contains(address);
			assertThat(addresses(SocketTable.listeners(SELF))).doesNotContain(address);
			channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), 9));
			assertThat(addresses(SocketTable.datagramSockets(SELF))).doesNotContain(address);
		}
	}

	@Test
	void connectionsAreNoListeners() throws IOException {
		try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
				SocketChannel client = SocketChannel.open(listening.getLocalSocketAddress())) {
			assertThat(addresses(SocketTable.listeners(SELF))).contains(listening.getLocalSocketAddress())
				.doesNotContain(client.getLocalAddress());
		}
	}

	@Test
	void thisProcessIsNotAmongTheHolders() throws IOException {
		try (ServerSocketChannel channel = ServerSocketChannel.open()) {
			channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			long inode = SocketFacts.of(DescriptorSearch.of(channel, -1)).inode();
			assertThat(SocketHolder.of(Set.of(inode))).isEmpty();
		}
	}

	@Test
	void queuesOfTheListenersThatAreAskedForAreAddedUp(@TempDir Path net) throws IOException {
		Files.writeString(net.resolve("tcp"), TABLE);
		assertThat(SocketTable.waiting(net, Set.of(901L, 903L))).hasValue(17);
		assertThat(SocketTable.waiting(net, Set.of(901L, 902L))).hasValue(20);
		assertThat(SocketTable.waiting(net, Set.of(903L))).as("a connection").isEmpty();
	}

	@Test
	void connectionsThatNobodyAcceptsAreCounted() throws IOException {
		GatedListener listener = GatedListener.bind("web", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				10);
		List<SocketChannel> clients = new ArrayList<>();
		try {
			Set<Long> inodes = Set.of(listener.facts().inode());
			assertThat(SocketTable.waiting(inodes)).hasValue(0);
			for (int i = 0; i < 3; i++) {
				clients.add(SocketChannel.open(listener.address()));
			}
			assertThat(SocketTable.waiting(inodes)).hasValue(3);
		}
		finally {
			for (SocketChannel client : clients) {
				client.close();
			}
			listener.close();
		}
		assertThat(SocketTable.waiting(Set.of(1L))).isEmpty();
	}

	private static Set<Long> ownSockets() throws IOException {
		return SocketHolder.sockets(Path.of("/proc", Long.toString(ProcessHandle.current().pid()))).keySet();
	}

	private static List<SocketAddress> addresses(List<SocketTable.Entry> entries) {
		return entries.stream().map(SocketTable.Entry::address).toList();
	}

}
