package dev.handoff.boot.netty;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.Drain;
import dev.handoff.boot.LongLivedExchanges;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * Finishes the connections of a Reactor Netty server without breaking one.
 * <p>
 * Its own shutdown closes idle connections at once and answers no request that comes
 * after. Here the last response on each HTTP/1.1 connection says
 * {@code Connection: close}, and HTTP/2 connections get GOAWAY, which alone cannot be
 * taken back.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class NettyDrain implements Drain {

	private static final AttributeKey<NettyConnection> CONNECTION = AttributeKey
		.valueOf(NettyConnection.class.getName());

	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	private final LongLivedExchanges exchanges;

	private volatile boolean draining;

	NettyDrain(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	/**
	 * Adds a connection that has just been accepted.
	 */
	void add(Channel channel) {
		this.channels.add(channel);
		// A connection that cannot be registered is closed without this.
		channel.closeFuture().addListener((future) -> this.channels.remove(channel));
	}

	/**
	 * Follows what is going on on a connection whose pipeline has just been made.
	 */
	void watch(Channel channel) {
		NettyConnection connection = new NettyConnection(channel, this);
		channel.attr(CONNECTION).set(connection);
		connection.install();
	}

	boolean isDraining() {
		return this.draining;
	}

	LongLivedExchanges exchanges() {
		return this.exchanges;
	}

	@Override
	public void start() {
		this.draining = true;
		goOnWithHttp2();
	}

	@Override
	public void cancel() {
		this.draining = false;
	}

	@Override
	public int remaining() {
		this.channels.removeIf((channel) -> !channel.isOpen());
		if (this.draining) {
			goOnWithHttp2();
		}
		return this.channels.size();
	}

	private void goOnWithHttp2() {
		for (Channel channel : this.channels) {
			NettyConnection connection = channel.attr(CONNECTION).get();
			if (connection != null) {
				connection.http2().goOn();
			}
		}
	}

	@Override
	public void closeIdle() {
		for (Channel channel : this.channels) {
			NettyConnection connection = channel.attr(CONNECTION).get();
			if (connection != null) {
				connection.closeIfIdle();
			}
		}
	}

	@Override
	public Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		for (Channel channel : this.channels) {
			NettyConnection connection = channel.attr(CONNECTION).get();
			closed.merge((connection != null) ? connection.what() : "connection", 1, Integer::sum);
			// Not through the pipeline: HTTP/2 would wait for its streams.
			channel.eventLoop().execute(() -> channel.unsafe().close(channel.voidPromise()));
		}
		return closed;
	}

}
