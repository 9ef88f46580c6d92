package dev.handoff.boot.rsocket;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.Drain;
import io.netty.channel.Channel;
import io.rsocket.DuplexConnection;

/**
 * Finishes the connections of an RSocket server: each is closed in a moment when nothing
 * is going on on it. RSocket has no way to ask a client to make its next request
 * elsewhere, so one that is sent in that very moment fails, as it does whenever a
 * connection ends.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class RSocketDrain implements Drain {

	// A client that makes one request after the other is not cut off between two.
	private static final long QUIET_NANOS = Duration.ofMillis(100).toNanos();

	// Those that are accepted, whether they speak RSocket yet or not.
	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	private final Set<RSocketConnection> connections = ConcurrentHashMap.newKeySet();

	private volatile boolean draining;

	/**
	 * Adds a connection that has just been accepted.
	 */
	void add(Channel channel) {
		this.channels.add(channel);
		channel.closeFuture().addListener((future) -> this.channels.remove(channel));
	}

	/**
	 * Follows what is going on on a connection.
	 * @return the connection to be used in its place
	 */
	DuplexConnection watch(DuplexConnection connection) {
		RSocketConnection watched = new RSocketConnection(connection);
		this.connections.add(watched);
		watched.onClose().doFinally((end) -> this.connections.remove(watched)).onErrorComplete().subscribe();
		return watched;
	}

	@Override
	public void start() {
		this.draining = true;
	}

	@Override
	public void cancel() {
		this.draining = false;
	}

	@Override
	public int remaining() {
		this.channels.removeIf((channel) -> !channel.isOpen());
		if (this.draining) {
			this.connections.forEach((connection) -> connection.leaveIfQuiet(QUIET_NANOS));
		}
		return this.channels.size();
	}

	@Override
	public void closeIdle() {
		this.connections.forEach((connection) -> connection.leaveIfQuiet(0));
	}

	@Override
	public Map<String, Integer> force() {
		int used = (int) this.connections.stream().filter(RSocketConnection::isUsed).count();
		Map<String, Integer> closed = new TreeMap<>();
		for (Channel channel : this.channels) {
			closed.merge((used-- > 0) ? "RSocket connection in use" : "RSocket connection", 1, Integer::sum);
			channel.close();
		}
		return closed;
	}

}
