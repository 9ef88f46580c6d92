package dev.handoff.boot.tomcat;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.Drain;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

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

	private final HandoffHttp11Protocol protocol;

	private final AtomicBoolean sayingGoAway = new AtomicBoolean();

	private volatile boolean started;

	TomcatDrain(HandoffHttp11Protocol protocol) {
		this.protocol = protocol;
	}

	@Override
	public void start() {
		this.started = true;
		this.protocol.setDraining(true);
		sayGoAway();
	}

	@Override
	public void cancel() {
		this.started = false;
		this.protocol.setDraining(false);
	}

	@Override
	public int remaining() {
		int remaining = this.protocol.endpoint().connectionsInHand();
		if (this.started && remaining > 0) {
			// Again, for connections that were not HTTP/2 yet the last time.
			sayGoAway();
		}
		return remaining;
	}

	/**
	 * Tells the HTTP/2 connections, on a thread of the server, because a peer that does
	 * not read makes it block. Those that know already are not told twice.
	 */
	private void sayGoAway() {
		AbstractEndpoint<?, ?> endpoint = this.protocol.endpoint();
		Executor executor = endpoint.getExecutor();
		if (this.protocol.findUpgradeProtocols().length == 0 || executor == null
				|| !this.sayingGoAway.compareAndSet(false, true)) {
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
					this.sayingGoAway.set(false);
				}
			});
		}
		catch (RejectedExecutionException ex) {
			this.sayingGoAway.set(false);
		}
	}

	@Override
	public Map<String, Integer> force() {
		List<? extends SocketWrapperBase<?>> left = List.copyOf(this.protocol.endpoint().getConnections());
		left.forEach(SocketWrapperBase::close);
		return Map.of("connection", left.size());
	}

}
