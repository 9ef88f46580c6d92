package dev.handoff.boot.netty;

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
final class NettyDrain extends ChannelDrain {

	private static final AttributeKey<NettyConnection> CONNECTION = AttributeKey
		.valueOf(NettyConnection.class.getName());

	private final LongLivedExchanges exchanges;

	NettyDrain(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	/**
	 * Follows what is going on on a connection whose pipeline has just been made.
	 */
	void watch(Channel channel) {
		NettyConnection connection = new NettyConnection(channel, this);
		channel.attr(CONNECTION).set(connection);
		connection.install();
	}

	LongLivedExchanges exchanges() {
		return this.exchanges;
	}

	@Override
	protected void goOn() {
		for (Channel channel : channels()) {
			NettyConnection connection = channel.attr(CONNECTION).get();
			if (connection != null) {
				connection.http2().goOn();
			}
		}
	}

	@Override
	public void closeIdle() {
		for (Channel channel : channels()) {
			NettyConnection connection = channel.attr(CONNECTION).get();
			if (connection != null) {
				connection.closeIfIdle();
			}
		}
	}

	@Override
	protected String what(Channel channel) {
		NettyConnection connection = channel.attr(CONNECTION).get();
		return (connection != null) ? connection.what() : "connection";
	}

}
