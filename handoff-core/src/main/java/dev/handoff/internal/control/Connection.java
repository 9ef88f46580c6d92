package dev.handoff.internal.control;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Messages on one control channel. Sending never blocks: what the kernel does not take
 * now is written later. Used by the session's thread.
 */
public final class Connection {

	private static final Logger logger = LoggerFactory.getLogger(Connection.class);

	// An offer of all the descriptors that a manifest can have takes 70.
	private static final int MAX_UNSENT = 1000;

	private static final int BUFFER_SIZE = 64 * 1024;

	// Direct memory is given back by a collection at best, so connections share it: what
	// was read is decoded before anything else is.
	private static final ThreadLocal<ByteBuffer> buffer = ThreadLocal
		.withInitial(() -> ByteBuffer.allocateDirect(BUFFER_SIZE));

	private final ControlChannel channel;

	private final FrameDecoder decoder = new FrameDecoder();

	private final Deque<Outgoing> outgoing = new ArrayDeque<>();

	private final ControlChannel.PeerCredentials credentials;

	private PeerIdentity identity = PeerIdentity.UNKNOWN;

	private long capabilities;

	private boolean ended;

	private boolean endReported;

	private boolean malformed;

	private boolean unwritable;

	/**
	 * Makes a connection of a channel.
	 * @param channel the channel, closed if this fails
	 * @throws IOException if the kernel does not say who is at the other end
	 */
	public Connection(ControlChannel channel) throws IOException {
		this.channel = channel;
		try {
			this.credentials = channel.peer();
		}
		catch (IOException ex) {
			channel.close();
			throw ex;
		}
	}

	public long peerUid() {
		return this.credentials.uid();
	}

	/**
	 * Returns who is at the other end, for logs. What the kernel says is the process that
	 * made the channel, which for a launched successor is this one.
	 */
	public String peer() {
		long pid = (this.identity.pid() != 0) ? this.identity.pid() : this.credentials.pid();
		return "pid %d uid %d".formatted(pid, this.credentials.uid());
	}

	/**
	 * Returns the process at the other end as the kernel knows it, 0 if it does not.
	 * Where this end has dialled, it is the one that bound the socket first.
	 */
	public long peerPid() {
		return this.credentials.pid();
	}

	/**
	 * Notes who the peer says that it is.
	 */
	public void identify(long pid, String instanceId, String version) {
		this.identity = new PeerIdentity(pid, instanceId, version);
	}

	public PeerIdentity identity() {
		return this.identity;
	}

	/**
	 * Accepts short frames only, until who is at the other end has said what it wants.
	 */
	public void awaitFirstFrame() {
		this.decoder.limit(FrameCodec.MAX_FIRST_PAYLOAD);
	}

	/**
	 * Notes which capabilities both sides have; frames may have any length from now on.
	 */
	public void agree(long common) {
		this.capabilities = common;
		this.decoder.limit(FrameCodec.MAX_PAYLOAD);
	}

	public long capabilities() {
		return this.capabilities;
	}

	/**
	 * Returns the next message that has arrived.
	 * @return the message, {@code null} if there is none now or {@link #isEnded()}
	 * @throws MalformedFrameException if the peer sent something else
	 * @throws IOException if reading failed
	 */
	public @Nullable Message next() throws IOException, MalformedFrameException {
		while (true) {
			Message message = decode();
			if (message != null) {
				logger.debug("Received {} from {}", message, peer());
				return message;
			}
			if (this.ended) {
				return null;
			}
			ByteBuffer arrived = buffer.get().clear();
			int count = this.channel.read(arrived);
			if (count == 0) {
				return null;
			}
			this.ended = count < 0;
			if (count > 0 && !this.malformed) {
				this.decoder.feed(arrived.flip());
			}
		}
	}

	// After a malformed frame only the end of the channel has a meaning.
	private @Nullable Message decode() throws MalformedFrameException {
		if (this.malformed) {
			return null;
		}
		try {
			return this.decoder.next();
		}
		catch (MalformedFrameException ex) {
			this.malformed = true;
			throw ex;
		}
	}

	/**
	 * Returns whether the peer's end was read, after its last message.
	 */
	public boolean isEnded() {
		return this.ended;
	}

	/**
	 * Returns whether the peer's end was read; {@code true} once.
	 */
	public boolean reportEnd() {
		boolean report = this.ended && !this.endReported;
		this.endReported |= report;
		return report;
	}

	/**
	 * Sets whether descriptors may come, which are closed otherwise.
	 */
	public void expectDescriptors(boolean expected) {
		this.channel.expectDescriptors(expected);
	}

	/**
	 * Takes the descriptors received so far; the caller owns them.
	 */
	public List<FileDescriptor> takeDescriptors() throws IOException {
		return this.channel.takeDescriptors();
	}

	public void send(Message message) throws IOException {
		send(message, List.of());
	}

	/**
	 * Sends a frame that was encoded before.
	 */
	public void send(ByteBuffer frame) throws IOException {
		send(new Outgoing(frame, List.of()));
	}

	/**
	 * Sends a message and, with its first byte, descriptors.
	 * @param message the message
	 * @param descriptors the descriptors; must stay open while
	 * {@link #hasUnsentDescriptors}
	 * @throws IOException if writing failed for good, or the peer does not read what it
	 * was sent before
	 */
	public void send(Message message, List<FileDescriptor> descriptors) throws IOException {
		logger.debug("Send {} to {}", message, peer());
		send(new Outgoing(FrameCodec.encode(message), descriptors));
	}

	private void send(Outgoing frame) throws IOException {
		if (this.outgoing.size() >= MAX_UNSENT) {
			throw new IOException("it does not read what it is sent");
		}
		this.outgoing.add(frame);
		flush();
	}

	public boolean hasUnsent() {
		return !this.outgoing.isEmpty();
	}

	public boolean hasUnsentDescriptors() {
		return this.outgoing.stream().anyMatch((unsent) -> !unsent.descriptors.isEmpty());
	}

	/**
	 * Writes what the kernel takes now.
	 */
	public void flush() throws IOException {
		while (!this.unwritable && !this.outgoing.isEmpty()) {
			Outgoing first = this.outgoing.element();
			int count = this.channel.write(first.bytes, first.descriptors);
			if (count < 0) {
				// EPIPE proves nothing about what the peer has sent: go on reading.
				this.unwritable = true;
			}
			else if (count == 0) {
				break;
			}
			else {
				first.descriptors = List.of();
				if (!first.bytes.hasRemaining()) {
					this.outgoing.remove();
				}
			}
		}
		if (this.unwritable) {
			this.outgoing.clear();
		}
		this.channel.setWriteAwaited(!this.outgoing.isEmpty());
	}

	/**
	 * Closes the channel; descriptors that were not taken are the channel's.
	 */
	public void close() {
		this.channel.close();
	}

	private static final class Outgoing {

		private final ByteBuffer bytes;

		private List<FileDescriptor> descriptors;

		private Outgoing(ByteBuffer bytes, List<FileDescriptor> descriptors) {
			this.bytes = bytes;
			this.descriptors = descriptors;
		}

	}

}
