package dev.handoff.boot.tomcat;

import java.nio.channels.SocketChannel;
import java.util.Set;

import dev.handoff.Drain;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Finishes a Tomcat connector's connections without breaking one.
 * <p>
 * The next response on each HTTP/1.1 connection says {@code Connection: close} (RFC 9112,
 * section 9.6), those to half-sent and pipelined requests too: Tomcat reads
 * {@code maxKeepAliveRequests} anew for each request. HTTP/2 connections get GOAWAY (RFC
 * 9113, section 6.8). Pausing the connector, as Tomcat's own graceful shutdown does,
 * would end keep-alive connections without an answer.
 */
final class TomcatDrain implements Drain {

	private final AbstractHttp11Protocol<?> protocol;

	private final AbstractEndpoint<?, ?> endpoint;

	private int maxKeepAliveRequests;

	TomcatDrain(AbstractHttp11Protocol<?> protocol, AbstractEndpoint<?, ?> endpoint) {
		this.protocol = protocol;
		this.endpoint = endpoint;
	}

	@Override
	public void start() {
		this.maxKeepAliveRequests = this.protocol.getMaxKeepAliveRequests();
		this.protocol.setMaxKeepAliveRequests(1);
		if (this.endpoint.getHandler() != null) {
			this.endpoint.getHandler().pause();
		}
	}

	@Override
	public void cancel() {
		this.protocol.setMaxKeepAliveRequests(this.maxKeepAliveRequests);
	}

	@Override
	public int remaining() {
		return this.endpoint.getConnections().size();
	}

	@Override
	public int force() {
		Set<? extends SocketWrapperBase<?>> left = Set.copyOf(this.endpoint.getConnections());
		left.forEach(SocketWrapperBase::close);
		return left.size();
	}

}
