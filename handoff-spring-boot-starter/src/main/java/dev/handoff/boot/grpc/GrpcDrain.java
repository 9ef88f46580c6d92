package dev.handoff.boot.grpc;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.Drain;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;

/**
 * Finishes the connections of a gRPC server. When one is closed, gRPC itself sends
 * GOAWAY, PING and, once that is answered, GOAWAY again with the last call that it will
 * answer (RFC 9113, section 6.8), and waits for the calls. A client makes its next call
 * on a connection of its own accord, and loses none.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class GrpcDrain implements Drain {

	private static final AttributeKey<Boolean> LEAVING = AttributeKey.valueOf(GrpcDrain.class, "leaving");

	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	private volatile boolean draining;

	/**
	 * Adds a connection that has just been accepted.
	 */
	void add(Channel channel) {
		this.channels.add(channel);
		channel.closeFuture().addListener((future) -> this.channels.remove(channel));
	}

	@Override
	public void start() {
		this.draining = true;
		leave();
	}

	// Those that were asked to leave do so.
	@Override
	public void cancel() {
		this.draining = false;
	}

	@Override
	public int remaining() {
		this.channels.removeIf((channel) -> !channel.isOpen());
		if (this.draining) {
			leave();
		}
		return this.channels.size();
	}

	private void leave() {
		for (Channel channel : this.channels) {
			// Not before the end of the TLS handshake: the client would take it for a
			// failure.
			if (channel.pipeline().get(Http2ConnectionHandler.class) != null
					&& channel.attr(LEAVING).setIfAbsent(true) == null) {
				channel.close();
			}
		}
	}

	@Override
	public Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		for (Channel channel : this.channels) {
			closed.merge(what(channel), 1, Integer::sum);
			// Not through the pipeline: it would wait for the calls.
			channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
		}
		return closed;
	}

	private static String what(Channel channel) {
		Http2ConnectionHandler http2 = channel.pipeline().get(Http2ConnectionHandler.class);
		return (http2 != null && http2.connection().numActiveStreams() > 0) ? "gRPC call" : "gRPC connection";
	}

}
