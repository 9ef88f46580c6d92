package dev.handoff.internal.socket;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;

import dev.handoff.internal.libc.LibC;

/**
 * A channel of the JDK whose descriptor is known. The JDK opens a channel with a
 * descriptor of its own and has no public way to make one of a descriptor that was
 * received, so that one takes its place (dup2(2)) before anybody uses the channel. The
 * channel then knows the address of the socket that it was opened with, not the one of
 * the socket that it has.
 *
 * @param <C> the type of channel
 * @param channel the channel, which owns the descriptor
 * @param descriptor the descriptor
 */
record Shell<C extends SelectableChannel>(C channel, FileDescriptor descriptor) implements Closeable {

	/**
	 * Opens a channel for a new listening socket, not bound.
	 */
	static Shell<ServerSocketChannel> openListener(ProtocolFamily family) throws IOException {
		return open((family == StandardProtocolFamily.UNIX) ? () -> ServerSocketChannel.open(family)
				: ServerSocketChannel::open);
	}

	/**
	 * Opens a channel for a new UDP socket, not bound.
	 */
	static Shell<DatagramChannel> openDatagrams() throws IOException {
		return open(DatagramChannel::open);
	}

	private static <C extends SelectableChannel & NetworkChannel> Shell<C> open(Adoption.Opener<C> opener)
			throws IOException {
		int guess = Descriptors.next();
		return Adoption.of(opener.open(), (channel) -> new Shell<>(channel, DescriptorSearch.of(channel, guess)));
	}

	/**
	 * Makes a channel of a listening socket, non-blocking for the JDK.
	 * @param received the descriptor, owned by the channel from now on
	 * @param family its family
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	static Shell<ServerSocketChannel> ofListener(FileDescriptor received, LibC.Family family) throws IOException {
		boolean unix = family == LibC.Family.UNIX;
		return Adoption.of(openListener(unix ? StandardProtocolFamily.UNIX : StandardProtocolFamily.INET6), (shell) -> {
			// One that is not bound does not accept.
			if (unix) {
				shell.channel.bind(null);
				Files.delete(((UnixDomainSocketAddress) shell.channel.getLocalAddress()).getPath());
			}
			else {
				shell.channel.bind(anyPort(), 1);
			}
			return shell.fill(received);
		});
	}

	/**
	 * Makes a channel of a bound UDP socket, non-blocking for the JDK.
	 * @param received the descriptor, owned by the channel from now on
	 * @param family its family
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	static Shell<DatagramChannel> ofDatagrams(FileDescriptor received, LibC.Family family) throws IOException {
		// Any other one would send to IPv6 addresses, which the socket of a program that
		// is not Java may not know.
		Shell<DatagramChannel> opened = (family == LibC.Family.INET)
				? open(() -> DatagramChannel.open(StandardProtocolFamily.INET)) : openDatagrams();
		return Adoption.of(opened, (shell) -> {
			shell.channel.bind(anyPort());
			return shell.fill(received);
		});
	}

	// Who connects to it meanwhile is hung up on. It is free again at once.
	private static InetSocketAddress anyPort() {
		return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
	}

	/**
	 * Makes a channel of the reading end of a pipe, non-blocking for the JDK.
	 * @param received the descriptor, owned by the channel from now on
	 * @throws IOException if it cannot be made; the descriptor is still the caller's
	 */
	static Shell<Pipe.SourceChannel> ofPipe(FileDescriptor received) throws IOException {
		int guess = Descriptors.next();
		Pipe pipe = Pipe.open();
		try (Pipe.SinkChannel sink = pipe.sink()) {
			return Adoption.of(pipe.source(),
					(source) -> new Shell<>(source, DescriptorSearch.of(sink, guess)).fill(received));
		}
	}

	private Shell<C> fill(FileDescriptor received) throws IOException {
		// Does not reach what was received: others that hold it may not expect it.
		this.channel.configureBlocking(false);
		LibC.duplicate(Descriptors.number(received), Descriptors.number(this.descriptor));
		Descriptors.close(received);
		return this;
	}

	@Override
	public void close() throws IOException {
		this.channel.close();
	}

}
