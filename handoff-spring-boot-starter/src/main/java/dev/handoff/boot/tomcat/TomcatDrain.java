package dev.handoff.boot.tomcat;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.Drain;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.OpenConnections;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Finishes a Tomcat connector's connections without breaking one.
 * <p>
 * The next response on each HTTP/1.1 connection says {@code Connection: close}, those to
 * half-sent requests too. HTTP/2 connections get GOAWAY (RFC 9113, section 6.8), which
 * cannot be taken back: after {@link #cancel()} their clients connect anew. Idle
 * connections wait for their next request or Tomcat's keep-alive timeout. Pausing the
 * connector, as Tomcat's own graceful shutdown does, would end keep-alive connections
 * without an answer.
 */
final class TomcatDrain implements Drain {

	private static final boolean WEB_SOCKETS = ClassUtils
		.isPresent("org.apache.tomcat.websocket.server.WsHttpUpgradeHandler", TomcatDrain.class.getClassLoader());

	private final HandoffProtocol protocol;

	private final @Nullable TomcatWebSockets webSockets;

	private final AtomicBoolean pausing = new AtomicBoolean();

	private volatile boolean started;

	TomcatDrain(HandoffProtocol protocol, LongLivedExchanges exchanges) {
		this.protocol = protocol;
		this.webSockets = WEB_SOCKETS ? new TomcatWebSockets(exchanges) : null;
	}

	@Override
	public void start() {
		this.started = true;
		this.protocol.endpoint().setDraining(true);
		goOn();
	}

	@Override
	public void cancel() {
		this.started = false;
		this.protocol.endpoint().setDraining(false);
	}

	@Override
	public int remaining() {
		int remaining = this.protocol.endpoint().connectionsInHand();
		if (this.started && remaining > 0) {
			// Again, for connections that were not HTTP/2 or WebSocket yet the last time.
			goOn();
		}
		return remaining;
	}

	private void goOn() {
		if (this.webSockets != null) {
			this.webSockets.update(connections());
		}
		if (this.protocol.findUpgradeProtocols().length > 0) {
			pauseHttp2();
		}
	}

	/**
	 * Tells the HTTP/2 connections to go on with their shutdown, on a thread of the
	 * server, because a client that does not read makes it block.
	 */
	private void pauseHttp2() {
		AbstractEndpoint<?, ?> endpoint = this.protocol.endpoint();
		Executor executor = endpoint.getExecutor();
		if (executor == null || !this.pausing.compareAndSet(false, true)) {
			return;
		}
		try {
			executor.execute(() -> {
				try {
					if (this.started) {
						endpoint.getHandler().pause();
					}
				}
				finally {
					this.pausing.set(false);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			this.pausing.set(false);
		}
	}

	@Override
	public void closeIdle() {
		connections().forEach(TomcatConnection::closeIfIdle);
	}

	@Override
	public Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		for (TomcatConnection connection : connections()) {
			String what = connection.what();
			closed.merge(what, 1, Integer::sum);
			connection.cut(OpenConnections.needsReset(what));
		}
		return closed;
	}

	@Override
	public String toString() {
		Map<String, Integer> open = new TreeMap<>();
		connections().forEach((connection) -> open.merge(connection.what(), 1, Integer::sum));
		return "%s %s".formatted(this.protocol.endpoint().getName(), open);
	}

	private List<TomcatConnection> connections() {
		Set<SocketWrapperBase<NioChannel>> wrappers = this.protocol.endpoint().getConnections();
		return wrappers.stream().map(TomcatConnection::new).toList();
	}

}
