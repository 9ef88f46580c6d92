package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into messages. Holds at most one frame and what was fed beyond
 * it. Not safe for use by several threads, and of no use after a
 * {@link MalformedFrameException}.
 */
public final class FrameDecoder {

	private ByteBuffer pending = ByteBuffer.allocate(1024).flip();

	/**
	 * Takes bytes that were read.
	 * @param bytes the bytes; all of them are consumed
	 */
	public void feed(ByteBuffer bytes) {
		this.pending.compact();
		if (this.pending.remaining() < bytes.remaining()) {
			int needed = this.pending.position() + bytes.remaining();
			this.pending = ByteBuffer.allocate(Math.max(needed, 2 * this.pending.capacity())).put(this.pending.flip());
		}
		this.pending.put(bytes).flip();
	}

	/**
	 * Returns the next message that has arrived whole.
	 * @return the message, {@code null} if more bytes are needed
	 * @throws MalformedFrameException if the bytes are no frame
	 */
	public @Nullable Message next() throws MalformedFrameException {
		if (this.pending.remaining() < FrameCodec.HEADER_SIZE) {
			return null;
		}
		int start = this.pending.position();
		int magic = this.pending.getInt(start);
		if (magic != FrameCodec.MAGIC) {
			throw new MalformedFrameException("magic 0x%08x".formatted(magic));
		}
		byte format = this.pending.get(start + 4);
		if (format != FrameCodec.FORMAT) {
			throw new MalformedFrameException("frame format %d".formatted(Byte.toUnsignedInt(format)));
		}
		int length = this.pending.getInt(start + 8);
		if (length < 0 || length > FrameCodec.MAX_PAYLOAD) {
			throw new MalformedFrameException("a payload of %s bytes, at most %d are allowed"
				.formatted(Integer.toUnsignedString(length), FrameCodec.MAX_PAYLOAD));
		}
		if (this.pending.remaining() < FrameCodec.HEADER_SIZE + length) {
			return null;
		}
		int type = Byte.toUnsignedInt(this.pending.get(start + 5));
		ByteBuffer payload = this.pending.slice(start + FrameCodec.HEADER_SIZE, length);
		this.pending.position(start + FrameCodec.HEADER_SIZE + length);
		return FrameCodec.decode(type, payload);
	}

}
