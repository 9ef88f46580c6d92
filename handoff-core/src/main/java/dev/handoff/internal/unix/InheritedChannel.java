package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.ref.Reference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.socket.Descriptors;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.FileDescriptorCast;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control channel between a process and a child that it starts: a pair of connected
 * sockets, one of which is the child's standard input.
 */
final class InheritedChannel {

	private static final Logger logger = LoggerFactory.getLogger(InheritedChannel.class);

	private InheritedChannel() {
	}

	@SuppressWarnings("resource") // only descriptors are closed, see the control channel
	static ChildChannel open(UnixTransport transport) throws IOException {
		AFUNIXSocketChannel child = AFUNIXSocketChannel.open();
		UnixControlChannel own = UnixControlChannel.of(transport, connect(child));
		FileDescriptor childEnd = child.getFileDescriptor();
		boolean opened = false;
		try {
			Redirect redirect = FileDescriptorCast.using(childEnd).as(Redirect.class);
			opened = true;
			return new ChildChannel(own, redirect, () -> {
				try {
					Descriptors.close(childEnd);
				}
				finally {
					// junixsocket closes the descriptor of a channel that is collected.
					Reference.reachabilityFence(child);
				}
			});
		}
		finally {
			if (!opened) {
				Descriptors.close(childEnd);
				own.close();
			}
		}
	}

	/**
	 * Makes a socket pair by way of a directory that nobody else can enter: junixsocket's
	 * own, AFUNIXSocketPair, leaves two more sockets open each time.
	 */
	private static AFUNIXSocketChannel connect(AFUNIXSocketChannel child) throws IOException {
		Path directory = Files.createTempDirectory("handoff");
		Path file = directory.resolve("s");
		AFUNIXServerSocketChannel server = AFUNIXServerSocketChannel.open();
		boolean connected = false;
		try {
			server.setDeleteOnClose(false);
			server.bind(AFUNIXSocketAddress.of(file), 1);
			child.connect(AFUNIXSocketAddress.of(file));
			AFUNIXSocketChannel accepted = server.accept();
			connected = true;
			return accepted;
		}
		finally {
			if (!connected) {
				Descriptors.close(child.getFileDescriptor());
			}
			Descriptors.close(server.getFileDescriptor());
			Files.deleteIfExists(file);
			Files.delete(directory);
		}
	}

	/**
	 * Takes this process's standard input, which is empty from then on, so that nobody
	 * else reads what is sent on the channel, and the peer sees it end when it is closed.
	 * @return the channel, empty if the input is no unix-domain socket, as when a script
	 * comes between the processes
	 */
	static Optional<AFUNIXSocketChannel> take() throws IOException {
		FileDescriptor descriptor = Descriptors.duplicate(FileDescriptor.in);
		AFUNIXSocketChannel channel;
		try {
			channel = FileDescriptorCast.using(descriptor).as(AFUNIXSocketChannel.class);
			channel.getPeerCredentials();
		}
		catch (IOException | ClassCastException ex) {
			Descriptors.close(descriptor);
			logger.warn("The standard input is not the control channel that the environment names, "
					+ "the control socket is used", ex);
			return Optional.empty();
		}
		System.setIn(InputStream.nullInputStream());
		// The JDK does not close the descriptors 0 to 2, it puts /dev/null in their
		// place.
		new FileInputStream(FileDescriptor.in).close();
		return Optional.of(channel);
	}

}
