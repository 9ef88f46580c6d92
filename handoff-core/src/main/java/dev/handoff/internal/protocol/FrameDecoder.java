package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * Makes messages of the bytes of one control channel, however they are split. The form of
 * the frames is described at {@link FrameCodec}. Not thread-safe.
 * <p>
 * After each {@link #feed} call {@link #next} until it returns {@code null}: then what
 * stays in memory is less than one frame. Memory grows with the bytes that arrived, not
 * with what a header announces.
 */
public final class FrameDecoder {

	private static final int INITIAL_CAPACITY = 4096;

	private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

	// Ready to be read: what is between position and limit has been fed and not decoded.
	private ByteBuffer buffer = ByteBuffer.allocate(INITIAL_CAPACITY).limit(0);

	private int maxPayload = FrameCodec.MAX_PAYLOAD;

	private @Nullable FrameHeader header;

	private @Nullable String failure;

	/**
	 * Sets how long a frame may be from now on.
	 * @param maxPayload how many bytes its payload has at most
	 */
	public void limit(int maxPayload) {
		this.maxPayload = maxPayload;
	}

	/**
	 * Takes bytes that arrived. Ignores them after a {@link MalformedFrameException}.
	 * @param bytes the bytes, read to their end and not kept
	 */
	public void feed(ByteBuffer bytes) {
		if (this.failure != null) {
			bytes.position(bytes.limit());
			return;
		}
		if (this.buffer.position() > 0) {
			this.buffer.compact().flip();
		}
		int end = this.buffer.limit();
		int needed = end + bytes.remaining();
		if (needed > this.buffer.capacity()) {
			this.buffer = ByteBuffer.allocate(Math.max(needed, 2 * this.buffer.capacity())).put(this.buffer);
		}
		this.buffer.limit(needed).position(end).put(bytes).flip();
	}

	/**
	 * Returns the next message.
	 * @return the message, {@link Message.Unknown} if this version does not know its
	 * type, {@code null} if more bytes are needed
	 * @throws MalformedFrameException if what was fed is no frame; every later call
	 * throws the same again, since nobody knows where the next frame begins
	 */
	public @Nullable Message next() throws MalformedFrameException {
		if (this.failure != null) {
			throw new MalformedFrameException(this.failure);
		}
		try {
			return decode();
		}
		catch (MalformedFrameException ex) {
			this.failure = ex.getMessage();
			this.buffer = NOTHING;
			throw ex;
		}
	}

	int capacity() {
		return this.buffer.capacity();
	}

	private @Nullable Message decode() throws MalformedFrameException {
		FrameHeader header = this.header;
		if (header == null) {
			if (this.buffer.remaining() < FrameHeader.SIZE) {
				return null;
			}
			header = FrameHeader.read(this.buffer, this.maxPayload);
			this.header = header;
		}
		if (this.buffer.remaining() < header.length()) {
			return null;
		}
		ByteBuffer payload = this.buffer.slice(this.buffer.position(), header.length());
		this.buffer.position(this.buffer.position() + header.length());
		this.header = null;
		return FrameCodec.decode(header.type(), payload);
	}

}
