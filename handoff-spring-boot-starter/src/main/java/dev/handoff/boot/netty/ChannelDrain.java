package dev.handoff.boot.netty;

import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.Drain;
import dev.handoff.boot.OpenConnections;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;

/**
 * Finishes the connections of a server on Netty, each in the way of its protocol. Safe
 * for use by several threads.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
public abstract class ChannelDrain implements Drain {

	private final Set<Channel> channels = ConcurrentHashMap.newKeySet();

	private volatile boolean draining;

	/**
	 * Adds a connection that has just been accepted.
	 * @param channel the connection's channel
	 */
	public final void add(Channel channel) {
		this.channels.add(channel);
		// A connection that cannot be registered is closed without this.
		channel.closeFuture().addListener((future) -> this.channels.remove(channel));
	}

	/**
	 * {@return the connections that are open}
	 */
	protected final Set<Channel> channels() {
		return Collections.unmodifiableSet(this.channels);
	}

	/**
	 * {@return whether connections are to end}
	 */
	protected final boolean isDraining() {
		return this.draining;
	}

	/**
	 * Goes on with the end of those connections that are ready for it. Asked for again
	 * and again while the server drains.
	 */
	protected abstract void goOn();

	/**
	 * Returns what goes on on a connection.
	 * @param channel the connection's channel
	 * @return a kind of connection, in a word or two
	 */
	protected abstract String what(Channel channel);

	@Override
	public void start() {
		this.draining = true;
		goOn();
	}

	@Override
	public void cancel() {
		this.draining = false;
	}

	@Override
	public int remaining() {
		this.channels.removeIf((channel) -> !channel.isOpen());
		if (this.draining) {
			goOn();
		}
		return this.channels.size();
	}

	@Override
	public Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		for (Channel channel : this.channels) {
			String what = what(channel);
			closed.merge(what, 1, Integer::sum);
			channel.eventLoop().execute(() -> close(channel, OpenConnections.needsReset(what)));
		}
		return closed;
	}

	// Not through the pipeline: HTTP/2 would wait for its streams.
	private static void close(Channel channel, boolean reset) {
		if (reset && channel.isOpen()) {
			channel.config().setOption(ChannelOption.SO_LINGER, 0);
		}
		channel.unsafe().close(channel.voidPromise());
	}

}
