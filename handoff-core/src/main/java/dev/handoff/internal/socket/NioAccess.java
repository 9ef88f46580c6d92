package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.FileChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;

import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;

import org.jspecify.annotations.Nullable;

/**
 * The members of {@code sun.nio.ch} that make a channel of a descriptor and a descriptor
 * of a channel. Their signatures are the same in JDK 17 to 25. Immutable.
 */
final class NioAccess {

	static final String ADD_OPENS = "--add-opens java.base/sun.nio.ch=ALL-UNNAMED";

	private static final String PACKAGE = "sun.nio.ch.";

	private static volatile @Nullable NioAccess instance;

	private final Constructor<?> serverSocketChannel;

	private final Constructor<?> datagramChannel;

	private final Constructor<?> sourceChannel;

	private final Field fileDescriptor;

	private final Method setUninterruptible;

	private final Field datagramAddress;

	private final Method channelDescriptor;

	private final Method descriptorNumber;

	private final Method descriptorOf;

	private final Method intOption;

	private final Method inetAddress;

	private final Method unixAddress;

	private final Method newSocket;

	private final Method duplicateOnto;

	private final Method configureBlocking;

	private final Object dispatcher;

	private NioAccess() throws ReflectiveOperationException {
		this.serverSocketChannel = type("ServerSocketChannelImpl").getDeclaredConstructor(SelectorProvider.class,
				ProtocolFamily.class, FileDescriptor.class, boolean.class);
		this.serverSocketChannel.setAccessible(true);
		this.datagramChannel = type("DatagramChannelImpl").getDeclaredConstructor(SelectorProvider.class,
				FileDescriptor.class);
		this.datagramChannel.setAccessible(true);
		this.sourceChannel = type("SourceChannelImpl").getDeclaredConstructor(SelectorProvider.class,
				FileDescriptor.class);
		this.sourceChannel.setAccessible(true);
		this.fileDescriptor = type("FileChannelImpl").getDeclaredField("fd");
		this.fileDescriptor.setAccessible(true);
		this.setUninterruptible = method("FileChannelImpl", "setUninterruptible");
		this.datagramAddress = type("DatagramChannelImpl").getDeclaredField("localAddress");
		this.datagramAddress.setAccessible(true);
		this.channelDescriptor = method("SelChImpl", "getFD");
		this.descriptorNumber = method("IOUtil", "fdVal", FileDescriptor.class);
		this.descriptorOf = method("IOUtil", "newFD", int.class);
		this.intOption = method("Net", "getIntOption0", FileDescriptor.class, boolean.class, int.class, int.class);
		this.inetAddress = method("Net", "localAddress", FileDescriptor.class);
		this.unixAddress = method("UnixDomainSockets", "localAddress", FileDescriptor.class);
		this.newSocket = method("Net", "socket", ProtocolFamily.class, boolean.class);
		this.duplicateOnto = method("DatagramDispatcher", "dup", FileDescriptor.class, FileDescriptor.class);
		this.configureBlocking = method("IOUtil", "configureBlocking", FileDescriptor.class, boolean.class);
		Constructor<?> dispatcher = type("DatagramDispatcher").getDeclaredConstructor();
		dispatcher.setAccessible(true);
		this.dispatcher = dispatcher.newInstance();
	}

	/**
	 * {@return the access}
	 * @throws UnsupportedPlatformException if this JVM does not grant it
	 */
	static NioAccess get() {
		NioAccess access = instance;
		if (access == null) {
			access = open();
			instance = access;
		}
		return access;
	}

	private static NioAccess open() {
		try {
			return new NioAccess();
		}
		catch (InaccessibleObjectException ex) {
			throw new UnsupportedPlatformException(Missing.ADD_OPENS,
					"this JVM was started without %s".formatted(ADD_OPENS), ex);
		}
		catch (ReflectiveOperationException | LinkageError ex) {
			throw new UnsupportedPlatformException(Missing.ADD_OPENS,
					"package sun.nio.ch of Java %s is not the one of Java 17 to 25"
						.formatted(Runtime.version().feature()),
					ex);
		}
	}

	/**
	 * Makes a channel of a listening socket.
	 * @param descriptor the descriptor, owned by the channel from now on
	 * @param unix whether it is a unix-domain socket
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	ServerSocketChannel serverSocketChannel(FileDescriptor descriptor, boolean unix) throws IOException {
		try {
			// INET6 takes both kinds of internet addresses.
			return (ServerSocketChannel) this.serverSocketChannel.newInstance(SelectorProvider.provider(),
					unix ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET6, descriptor, true);
		}
		catch (ReflectiveOperationException ex) {
			throw ioException(ex);
		}
	}

	/**
	 * Makes a channel of a bound UDP socket.
	 * @param descriptor the descriptor, owned by the channel from now on
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	DatagramChannel datagramChannel(FileDescriptor descriptor) throws IOException {
		if (SocketFacts.of(descriptor).domain() == SocketFacts.Domain.INET) {
			return ipv4DatagramChannel(descriptor);
		}
		try {
			return (DatagramChannel) this.datagramChannel.newInstance(SelectorProvider.provider(), descriptor);
		}
		catch (ReflectiveOperationException ex) {
			throw ioException(ex);
		}
	}

	/**
	 * Makes a channel of the reading end of a pipe.
	 * @param descriptor the descriptor, owned by the channel from now on
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	Pipe.SourceChannel sourceChannel(FileDescriptor descriptor) throws IOException {
		try {
			return (Pipe.SourceChannel) this.sourceChannel.newInstance(SelectorProvider.provider(), descriptor);
		}
		catch (ReflectiveOperationException ex) {
			throw ioException(ex);
		}
	}

	FileDescriptor descriptor(FileChannel channel) {
		try {
			return (FileDescriptor) this.fileDescriptor.get(channel);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Keeps an interrupt of a thread that uses the channel from closing it.
	 * @param channel the channel
	 */
	void setUninterruptible(FileChannel channel) {
		try {
			this.setUninterruptible.invoke(channel);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * The constructor's channel would send to IPv6 addresses, which the socket of a
	 * program that is not Java may not know. One for IPv4 opens a socket of its own.
	 */
	private DatagramChannel ipv4DatagramChannel(FileDescriptor descriptor) throws IOException {
		DatagramChannel channel = DatagramChannel.open(StandardProtocolFamily.INET);
		try {
			duplicate(descriptor, descriptor(channel));
			this.datagramAddress.set(channel, inetAddress(descriptor));
		}
		catch (IOException | ReflectiveOperationException ex) {
			channel.close();
			throw (ex instanceof IOException io) ? io : new IOException(ex);
		}
		Descriptors.close(descriptor);
		return channel;
	}

	FileDescriptor descriptor(SelectableChannel channel) {
		try {
			return (FileDescriptor) this.channelDescriptor.invoke(channel);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	int number(FileDescriptor descriptor) {
		try {
			return (int) this.descriptorNumber.invoke(null, descriptor);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	/**
	 * Makes a descriptor of its number.
	 * @param number the number, of an open descriptor that nobody else of this process
	 * owns
	 */
	FileDescriptor descriptor(int number) {
		try {
			return (FileDescriptor) this.descriptorOf.invoke(null, number);
		}
		catch (ReflectiveOperationException ex) {
			throw new IllegalStateException(ex);
		}
	}

	int intOption(FileDescriptor descriptor, int level, int option) throws IOException {
		return (int) invoke(this.intOption, descriptor, false, level, option);
	}

	InetSocketAddress inetAddress(FileDescriptor descriptor) throws IOException {
		return (InetSocketAddress) invoke(this.inetAddress, descriptor);
	}

	UnixDomainSocketAddress unixAddress(FileDescriptor descriptor) throws IOException {
		return (UnixDomainSocketAddress) invoke(this.unixAddress, descriptor);
	}

	/**
	 * Duplicates a descriptor.
	 * @param descriptor the descriptor
	 * @return a new one, owned by the caller
	 * @throws IOException if there can be no more
	 */
	FileDescriptor duplicate(FileDescriptor descriptor) throws IOException {
		// The JDK has dup2(2) only, so there has to be a descriptor to replace.
		FileDescriptor duplicate = (FileDescriptor) invoke(this.newSocket, StandardProtocolFamily.INET, true);
		try {
			duplicate(descriptor, duplicate);
			return duplicate;
		}
		catch (IOException ex) {
			Descriptors.close(duplicate);
			throw ex;
		}
	}

	/**
	 * Makes a channel non-blocking as far as the JDK knows, and leaves O_NONBLOCK alone,
	 * which another program that holds the socket relies on. Until
	 * {@link #setNonBlocking} nobody may make a call that can block.
	 * @param channel a new channel that nobody else uses
	 * @throws IOException if there can be no more descriptors
	 */
	void pretendNonBlocking(SelectableChannel channel) throws IOException {
		FileDescriptor descriptor = descriptor(channel);
		FileDescriptor kept = duplicate(descriptor);
		try {
			// For a moment its number means a socket of its own, which is made
			// non-blocking.
			FileDescriptor own = (FileDescriptor) invoke(this.newSocket, StandardProtocolFamily.INET, true);
			try {
				duplicate(own, descriptor);
				channel.configureBlocking(false);
			}
			finally {
				duplicate(kept, descriptor);
				Descriptors.close(own);
			}
		}
		finally {
			Descriptors.close(kept);
		}
	}

	/**
	 * Sets O_NONBLOCK, for all processes that hold the socket.
	 * @param descriptor the descriptor
	 * @throws IOException if it is not open
	 */
	void setNonBlocking(FileDescriptor descriptor) throws IOException {
		invoke(this.configureBlocking, descriptor, false);
	}

	private void duplicate(FileDescriptor descriptor, FileDescriptor target) throws IOException {
		try {
			this.duplicateOnto.invoke(this.dispatcher, descriptor, target);
		}
		catch (ReflectiveOperationException ex) {
			throw ioException(ex);
		}
	}

	@SuppressWarnings("NullAway") // static methods; the void ones return null, unused
	private static Object invoke(Method method, Object... arguments) throws IOException {
		try {
			return method.invoke(null, arguments);
		}
		catch (ReflectiveOperationException ex) {
			throw ioException(ex);
		}
	}

	private static IOException ioException(ReflectiveOperationException ex) {
		Throwable cause = (ex instanceof InvocationTargetException) ? ex.getCause() : ex;
		return (cause instanceof IOException io) ? io : new IOException(cause);
	}

	private static Class<?> type(String name) throws ClassNotFoundException {
		return Class.forName(PACKAGE + name);
	}

	private static Method method(String type, String name, Class<?>... parameters) throws ReflectiveOperationException {
		Method method = type(type).getDeclaredMethod(name, parameters);
		method.setAccessible(true);
		return method;
	}

}
