package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.util.List;

import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.socket.Descriptors;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketCredentials;
import org.newsclub.net.unix.BrokenPipeSocketException;
import org.newsclub.net.unix.ConnectionResetSocketException;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * A connection on the control socket. Used by the transport's thread only, which must not
 * be interrupted: junixsocket closes the channel then.
 * <p>
 * It reads and writes through two descriptors of the same socket, because junixsocket
 * closes the one on which a write fails with EPIPE, and what the peer sent before it died
 * has yet to be read from the other.
 */
final class UnixControlChannel implements ControlChannel {

	// CMSG_SPACE(60 * sizeof(int)), and the most that junixsocket allows.
	private static final int ANCILLARY_BYTES = 256;

	private static final FileDescriptor[] NONE = {};

	private final UnixTransport transport;

	private final AFUNIXSocketChannel reader;

	private final FileDescriptor readerDescriptor;

	private final AFUNIXSocketChannel writer;

	private final FileDescriptor writerDescriptor;

	private final SelectionKey key;

	private boolean descriptorsExpected;

	// There was no room for descriptors that may have come.
	private boolean full;

	private boolean ended;

	private boolean writeAwaited;

	private boolean closed;

	private UnixControlChannel(UnixTransport transport, AFUNIXSocketChannel reader, FileDescriptor writerDescriptor)
			throws IOException {
		this.transport = transport;
		this.reader = reader;
		this.readerDescriptor = reader.getFileDescriptor();
		this.writerDescriptor = writerDescriptor;
		this.writer = FileDescriptorCast.using(writerDescriptor).as(AFUNIXSocketChannel.class);
		this.key = transport.register(reader, SelectionKey.OP_READ);
	}

	/**
	 * Takes over a connected channel.
	 * @param transport the transport
	 * @param connected the channel, closed if this fails
	 * @return the control channel
	 * @throws IOException if there are no more descriptors
	 */
	static UnixControlChannel of(UnixTransport transport, AFUNIXSocketChannel connected) throws IOException {
		FileDescriptor writerDescriptor = null;
		try {
			connected.configureBlocking(false);
			writerDescriptor = Descriptors.duplicate(connected.getFileDescriptor());
			UnixControlChannel channel = new UnixControlChannel(transport, connected, writerDescriptor);
			transport.opened(channel);
			return channel;
		}
		catch (IOException | RuntimeException ex) {
			if (writerDescriptor != null) {
				Descriptors.close(writerDescriptor);
			}
			Descriptors.close(connected.getFileDescriptor());
			throw ex;
		}
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		checkOpen();
		if (this.ended) {
			return -1;
		}
		// Of descriptors that do not all fit, junixsocket would lose the ones that do.
		// Without a buffer for them the kernel closes them all; the manifest tells.
		boolean room = this.descriptorsExpected && OwnedDescriptors.hasRoomFor(MAX_DESCRIPTORS, this.readerDescriptor);
		this.full |= this.descriptorsExpected && !room;
		this.reader.setAncillaryReceiveBufferSize(room ? ANCILLARY_BYTES : 0);
		int count;
		try {
			count = this.reader.read(target);
		}
		catch (ConnectionResetSocketException ex) {
			count = -1;
		}
		if (count == -1) {
			this.ended = true;
			updateInterest();
		}
		return count;
	}

	@Override
	public void expectDescriptors(boolean expected) {
		this.descriptorsExpected = expected;
	}

	@Override
	public List<FileDescriptor> takeDescriptors() throws IOException {
		checkOpen();
		FileDescriptor[] received = this.reader.getReceivedFileDescriptors();
		if (received.length == 0 && this.full) {
			throw new IOException("there was no room for %d more descriptors. %s".formatted(MAX_DESCRIPTORS,
					OwnedDescriptors.limitAdvice()));
		}
		return OwnedDescriptors.move(received);
	}

	@Override
	public int write(ByteBuffer source, List<FileDescriptor> descriptors) throws IOException {
		checkOpen();
		if (descriptors.size() > MAX_DESCRIPTORS) {
			throw new IllegalArgumentException(
					"%d descriptors do not fit into one write, %d do".formatted(descriptors.size(), MAX_DESCRIPTORS));
		}
		if (!descriptors.isEmpty() && !source.hasRemaining()) {
			throw new IllegalArgumentException("Descriptors need at least one byte to travel with");
		}
		if (!this.writerDescriptor.valid()) {
			return -1;
		}
		int position = source.position();
		boolean sent = false;
		try {
			// junixsocket forgets them before it sends, so each attempt sets them anew.
			this.writer.setOutboundFileDescriptors(descriptors.toArray(NONE));
			int count = this.writer.write(source);
			sent = true;
			return count;
		}
		catch (IOException ex) {
			if (isPeerGone(ex)) {
				Descriptors.close(this.writerDescriptor);
				return -1;
			}
			throw ex;
		}
		finally {
			if (!sent) {
				source.position(position);
			}
		}
	}

	// junixsocket wraps EPIPE into an AsynchronousCloseException.
	private static boolean isPeerGone(IOException ex) {
		return ex instanceof BrokenPipeSocketException || ex instanceof ConnectionResetSocketException
				|| ex.getCause() instanceof BrokenPipeSocketException;
	}

	@Override
	public void setWriteAwaited(boolean awaited) {
		this.writeAwaited = awaited;
		updateInterest();
	}

	@Override
	public PeerCredentials peer() throws IOException {
		checkOpen();
		return credentials(this.reader);
	}

	static PeerCredentials credentials(AFUNIXSocketChannel channel) throws IOException {
		AFUNIXSocketCredentials credentials = channel.getPeerCredentials();
		if (credentials == null || credentials.getUid() == -1) {
			throw new IOException("The kernel does not say who is at the other end of the control channel");
		}
		// The native code passes the 32 bits as a signed number.
		return new PeerCredentials(credentials.getUid() & 0xffffffffL, Math.max(0, credentials.getPid()));
	}

	@Override
	public void close() {
		if (this.closed) {
			return;
		}
		this.closed = true;
		this.key.cancel();
		for (FileDescriptor received : received()) {
			Descriptors.close(received);
		}
		Descriptors.close(this.writerDescriptor);
		Descriptors.close(this.readerDescriptor);
		this.transport.closed(this);
	}

	private FileDescriptor[] received() {
		try {
			return this.reader.getReceivedFileDescriptors();
		}
		catch (IOException ex) {
			return NONE;
		}
	}

	/**
	 * Returns whether there is something to do for which the selector does not wake up:
	 * it drops a key, once, when the peer has hung up.
	 * @return {@code true} if the next read or write can get something done
	 */
	boolean isDroppedBySelector() {
		return !this.key.isValid() && (!this.ended || (this.writeAwaited && this.writerDescriptor.valid()));
	}

	private void updateInterest() {
		if (this.closed || !this.key.isValid()) {
			return;
		}
		this.key.interestOps((this.ended ? 0 : SelectionKey.OP_READ) | (this.writeAwaited ? SelectionKey.OP_WRITE : 0));
	}

	private void checkOpen() throws ClosedChannelException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
	}

}
