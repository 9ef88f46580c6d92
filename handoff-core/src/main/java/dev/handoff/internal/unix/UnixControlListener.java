package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.util.Optional;

import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.socket.Descriptors;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * A copy of the listening control socket. Used by the transport's thread only.
 * <p>
 * junixsocket's channel is never closed: that would call shutdown(2), which ends the
 * socket for all processes, and may unlink its file. Only the descriptor is. A channel
 * that was cast from a descriptor has no clean-up of its own, and does not compare the
 * file's inode before it accepts.
 */
final class UnixControlListener implements ControlListener {

	private final UnixTransport transport;

	private final AFUNIXServerSocketChannel channel;

	private final FileDescriptor descriptor;

	private final SelectionKey key;

	private boolean closed;

	private UnixControlListener(UnixTransport transport, AFUNIXServerSocketChannel channel, FileDescriptor descriptor)
			throws IOException {
		this.transport = transport;
		this.channel = channel;
		this.descriptor = descriptor;
		this.channel.setDeleteOnClose(false);
		this.channel.setShutdownOnClose(false);
		this.channel.configureBlocking(false);
		this.key = transport.register(channel, 0);
	}

	/**
	 * Takes over a listening socket.
	 * @param transport the transport
	 * @param descriptor the descriptor, closed if this fails
	 * @return the listener
	 * @throws IOException if it is not a listening unix-domain stream socket
	 */
	static UnixControlListener of(UnixTransport transport, FileDescriptor descriptor) throws IOException {
		try {
			FileDescriptorCast cast = FileDescriptorCast.using(descriptor);
			if (!cast.isAvailable(AFUNIXServerSocketChannel.class)) {
				throw new IOException("The control listener's descriptor is not a unix-domain stream socket");
			}
			UnixControlListener listener = new UnixControlListener(transport, cast.as(AFUNIXServerSocketChannel.class),
					descriptor);
			transport.opened(listener);
			return listener;
		}
		catch (IOException | RuntimeException ex) {
			Descriptors.close(descriptor);
			throw ex;
		}
	}

	@Override
	public FileDescriptor descriptor() {
		return this.descriptor;
	}

	@Override
	public Optional<ControlChannel> accept() throws IOException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
		while (true) {
			try {
				AFUNIXSocketChannel accepted = this.channel.accept();
				if (accepted == null) {
					this.transport.reserve().fill();
					return Optional.empty();
				}
				return Optional.of(UnixControlChannel.of(this.transport, accepted));
			}
			catch (IOException ex) {
				// EMFILE has no type of its own, and comes even if nobody dialled.
				if (!this.transport.reserve().release()) {
					throw ex;
				}
			}
		}
	}

	@Override
	public void setAccepting(boolean accepting) {
		if (!this.closed && this.key.isValid()) {
			this.key.interestOps(accepting ? SelectionKey.OP_ACCEPT : 0);
		}
	}

	@Override
	public void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		this.key.cancel();
		this.transport.closed(this);
		Descriptors.close(this.descriptor);
	}

}
