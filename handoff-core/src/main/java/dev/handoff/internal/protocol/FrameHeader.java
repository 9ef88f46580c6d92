package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;

/**
 * The first bytes of every frame. Immutable.
 *
 * @param type the message's type
 * @param length the payload's length in bytes
 */
record FrameHeader(int type, int length) {

	static final int SIZE = 12;

	static final int FORMAT = 1;

	private static final int MAGIC = 0x484f4646;

	static FrameHeader read(ByteBuffer source, int maxPayload) throws MalformedFrameException {
		int magic = source.getInt();
		if (magic != MAGIC) {
			throw new MalformedFrameException("Magic is 0x%08x, not 0x%08x".formatted(magic, MAGIC));
		}
		int format = Byte.toUnsignedInt(source.get());
		if (format != FORMAT) {
			throw new MalformedFrameException("Frame format is %d, not %d".formatted(format, FORMAT));
		}
		int type = Byte.toUnsignedInt(source.get());
		source.getShort();
		long length = Integer.toUnsignedLong(source.getInt());
		if (length > maxPayload) {
			throw new MalformedFrameException(
					"Payload of message type %d has %d bytes, more than %d".formatted(type, length, maxPayload));
		}
		return new FrameHeader(type, (int) length);
	}

	void write(ByteBuffer target) {
		target.putInt(MAGIC).put((byte) FORMAT).put((byte) this.type).putShort((short) 0).putInt(this.length);
	}

}
