package dev.handoff.internal.socket;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The lengths of accept queues.
 */
class AcceptQueuesTests {

	private static final String TABLE = """
			  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
			   0: 0100007F:1F90 00000000:0000 0A 00000000:00000011 00:00000000 00000000     0        0 901 1 0
			   1: 0100007F:1F91 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 902 1 0
			   2: 0100007F:1F90 0100007F:A0B0 01 00000000:00000FFF 00:00000000 00000000     0        0 903 1 0
			""";

	@Test
	void queuesOfTheListenersThatAreAskedForAreAddedUp() throws IOException {
		Set<Long> wanted = new HashSet<>(Set.of(901L, 903L));
		assertThat(AcceptQueues.waiting(new BufferedReader(new StringReader(TABLE)), wanted)).isEqualTo(17);
		assertThat(wanted).containsExactly(903L);
	}

	@Test
	void connectionsThatNobodyAcceptsAreCounted() throws IOException {
		GatedListener listener = GatedListener.bind("web", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				10);
		List<SocketChannel> clients = new ArrayList<>();
		try {
			Set<Long> inodes = Set.of(listener.facts().inode());
			assertThat(AcceptQueues.waiting(inodes)).hasValue(0);
			for (int i = 0; i < 3; i++) {
				clients.add(SocketChannel.open(listener.address()));
			}
			assertThat(AcceptQueues.waiting(inodes)).hasValue(3);
		}
		finally {
			for (SocketChannel client : clients) {
				client.close();
			}
			listener.close();
		}
		assertThat(AcceptQueues.waiting(Set.of(1L))).isEmpty();
	}

}
