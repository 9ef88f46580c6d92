package dev.handoff.boot.rsocket;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.boot.netty.ChannelDrain;
import io.netty.channel.Channel;
import io.rsocket.DuplexConnection;

/**
 * Finishes the connections of an RSocket server: each is closed in a moment when nothing
 * is going on on it. RSocket has no way to ask a client to make its next request
 * elsewhere, so one that is sent in that very moment fails, as it does whenever a
 * connection ends.
 */
final class RSocketDrain extends ChannelDrain {

	// A client that makes one request after the other is not cut off between two, also if
	// its processor has other things to do meanwhile.
	private static final long QUIET_NANOS = Duration.ofSeconds(1).toNanos();

	// Those of the channels that speak RSocket already.
	private final Set<RSocketConnection> connections = ConcurrentHashMap.newKeySet();

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
	protected void goOn() {
		this.connections.forEach((connection) -> connection.leaveIfQuiet(QUIET_NANOS));
	}

	@Override
	public void closeIdle() {
		this.connections.forEach((connection) -> connection.leaveIfQuiet(0));
	}

	@Override
	protected String what(Channel channel) {
		return "RSocket connection";
	}

}
