package dev.handoff.boot.netty;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;

import dev.handoff.Listener;
import dev.handoff.boot.ListenerSource;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;

/**
 * How a server of Netty accepts on a {@link Listener}. Of Netty's native transports only
 * epoll takes a descriptor that listens already.
 */
public enum ListenerTransport {

	/**
	 * The JDK's.
	 */
	NIO {

		@Override
		public IoHandlerFactory handlers() {
			return NioIoHandler.newFactory();
		}

		@Override
		ServerSocketChannel duplicate(Listener listener) throws IOException {
			return new DuplicateChannel(listener);
		}

	},

	/**
	 * Netty's own, for Linux, which is an optional dependency.
	 */
	EPOLL {

		@Override
		public IoHandlerFactory handlers() {
			return Epoll.handlers();
		}

		@Override
		ServerSocketChannel duplicate(Listener listener) throws IOException {
			return Epoll.serverChannel(listener);
		}

	};

	// As the kernel's own default (listen(2)).
	private static final int BACKLOG = 4096;

	/**
	 * Returns the fastest that can be used here.
	 * @return the transport
	 */
	public static ListenerTransport best() {
		try {
			return Epoll.isAvailable() ? EPOLL : NIO;
		}
		catch (NoClassDefFoundError ex) {
			return NIO;
		}
	}

	/**
	 * Returns what makes event loops for this transport.
	 * @return a new factory
	 */
	public abstract IoHandlerFactory handlers();

	abstract ServerSocketChannel duplicate(Listener listener) throws IOException;

	/**
	 * Makes an event loop that does nothing but accept, so that nothing that the
	 * application does can keep it from closing the accept gate. Its thread is a daemon.
	 * @return a group of one event loop, owned by the caller
	 */
	public EventLoopGroup newAcceptorGroup() {
		return new MultiThreadIoEventLoopGroup(1, new DefaultThreadFactory("handoff-acceptor", true), handlers());
	}

	/**
	 * Opens a server channel, bound already, which accepts while the gate of its listener
	 * is open, and closes the listener when it is closed.
	 * @param source where the listener comes from
	 * @param address the address that the server is configured with, port 0 for any
	 * @param accepted takes each connection that has just been accepted, on the event
	 * loop of the channel
	 * @return the channel, to be registered with a group of this transport
	 * @throws dev.handoff.ListenerBindException if the listener had to be bound and could
	 * not
	 * @throws UncheckedIOException if the channel cannot be opened
	 */
	public ServerSocketChannel open(ListenerSource source, InetSocketAddress address, Consumer<Channel> accepted) {
		Listener listener = source.listener(address, BACKLOG);
		ServerSocketChannel channel;
		try {
			channel = duplicate(listener);
		}
		catch (IOException ex) {
			listener.close();
			throw new UncheckedIOException(ex);
		}
		// It accepts as soon as it reads.
		channel.config().setAutoRead(false);
		channel.pipeline().addFirst(new ListenerAcceptor(listener, address, channel, accepted));
		channel.closeFuture().addListener((future) -> listener.close());
		return channel;
	}

	/**
	 * A channel of the listener's socket, at the listener's address.
	 */
	private static final class DuplicateChannel extends NioServerSocketChannel {

		private final SocketAddress address;

		DuplicateChannel(Listener listener) throws IOException {
			super(listener.duplicateChannel());
			this.address = listener.address();
		}

		@Override
		protected SocketAddress localAddress0() {
			return this.address;
		}

	}

	/**
	 * Keeps the native transport, which is optional, out of the class around it.
	 */
	private static final class Epoll {

		static boolean isAvailable() {
			return io.netty.channel.epoll.Epoll.isAvailable();
		}

		static ServerSocketChannel serverChannel(Listener listener) throws IOException {
			return new EpollServerSocketChannel(listener.duplicateDescriptor());
		}

		static IoHandlerFactory handlers() {
			return EpollIoHandler.newFactory();
		}

	}

}
