package dev.handoff.boot;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The connections that a connector has accepted and not closed, from the moment of the
 * accept on, whatever its server does with them. Safe for use by several threads.
 */
public final class OpenConnections {

	private static final int CLEAN_UP_AFTER = 1024;

	private final Set<SocketChannel> channels = ConcurrentHashMap.newKeySet();

	private int addedSinceCleanUp;

	/**
	 * Adds a connection that has just been accepted.
	 * @param channel the connection
	 */
	public void add(SocketChannel channel) {
		this.channels.add(channel);
		synchronized (this) {
			// Nobody says when one is closed.
			if (++this.addedSinceCleanUp < Math.max(CLEAN_UP_AFTER, this.channels.size() / 2)) {
				return;
			}
			this.addedSinceCleanUp = 0;
		}
		this.channels.removeIf((old) -> !old.isOpen());
	}

	/**
	 * Returns how many connections may still have something to say or to be told. One
	 * whose output is shut down has been told everything.
	 * @return the number
	 */
	public int count() {
		this.channels.removeIf((channel) -> !channel.isOpen());
		return (int) this.channels.stream().filter((channel) -> !channel.socket().isOutputShutdown()).count();
	}

	/**
	 * Returns whether a connection that is closed now has to be reset. The end of the
	 * connection may be the end of the response (HTTP/1.0), and after an orderly close
	 * the client would take what it got for all.
	 * @param what what goes on on the connection, as drains name it
	 * @return {@code true} if a response without frames is under way
	 */
	public static boolean needsReset(String what) {
		return what.equals("request") || what.equals("event stream");
	}

	/**
	 * Makes the close of a connection a reset.
	 * @param channel the connection
	 */
	public static void resetOnClose(SocketChannel channel) {
		try {
			channel.setOption(StandardSocketOptions.SO_LINGER, 0);
		}
		catch (IOException ex) {
			// It has been closed.
		}
	}

	/**
	 * Returns those of some connections from which nothing can be read now: no request
	 * has arrived that the server has not seen.
	 * @param candidates non-blocking connections
	 * @return the silent ones
	 */
	public static Set<SocketChannel> silent(Collection<SocketChannel> candidates) {
		Set<SocketChannel> silent = new HashSet<>();
		try (Selector selector = Selector.open()) {
			for (SocketChannel channel : candidates) {
				try {
					channel.register(selector, SelectionKey.OP_READ);
					silent.add(channel);
				}
				catch (ClosedChannelException ex) {
					// It needs no closing any more.
				}
			}
			selector.selectNow();
			selector.selectedKeys().forEach((key) -> silent.remove((SocketChannel) key.channel()));
			return silent;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
