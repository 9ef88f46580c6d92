package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * Collects the fields of one payload, or of one field that has fields itself. Refuses
 * what {@link FieldReader} would not read with an {@link IllegalArgumentException}. Not
 * thread-safe.
 */
final class FieldWriter {

	private ByteBuffer buffer = ByteBuffer.allocate(256);

	void flag(FieldTag tag, boolean value) {
		code(tag, value ? 1 : 0);
	}

	void code(FieldTag tag, int value) {
		require(value >= 0 && value <= 0xff, tag, value);
		field(tag, Byte.BYTES).put((byte) value);
	}

	void number(FieldTag tag, int value) {
		require(value >= 0, tag, value);
		field(tag, Integer.BYTES).putInt(value);
	}

	void longNumber(FieldTag tag, long value) {
		require(value >= 0, tag, value);
		bits(tag, value);
	}

	void bits(FieldTag tag, long value) {
		field(tag, Long.BYTES).putLong(value);
	}

	void duration(FieldTag tag, Duration value) {
		require(!value.isNegative(), tag, value);
		bits(tag, ((value.compareTo(FrameCodec.MAX_DURATION) > 0) ? FrameCodec.MAX_DURATION : value).toNanos());
	}

	/**
	 * Adds text that the peer compares or uses: it arrives as it is, or not at all.
	 * @param tag the field
	 * @param value the text
	 * @param maxLength the most characters that it may have
	 */
	void text(FieldTag tag, String value, int maxLength) {
		require(value.length() <= maxLength, tag, value.length() + " characters");
		try {
			bytes(tag, StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(value)));
		}
		catch (CharacterCodingException ex) {
			throw new IllegalArgumentException("%s cannot be sent as UTF-8: %s".formatted(tag, value), ex);
		}
	}

	/**
	 * Adds text for humans: the end is cut off if it is too long, what is no character
	 * becomes a question mark.
	 * @param tag the field
	 * @param value the text
	 * @param maxLength the most characters to send
	 */
	void cutText(FieldTag tag, String value, int maxLength) {
		String text = value;
		if (text.length() > maxLength) {
			int end = Character.isHighSurrogate(text.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
			text = text.substring(0, end);
		}
		bytes(tag, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
	}

	void bytes(FieldTag tag, ByteBuffer value) {
		field(tag, value.remaining()).put(value);
	}

	/**
	 * Returns the fields added so far.
	 * @return a buffer to read, which shares its bytes with this writer
	 */
	ByteBuffer payload() {
		return this.buffer.duplicate().flip();
	}

	private ByteBuffer field(FieldTag tag, int length) {
		int needed = this.buffer.position() + Short.BYTES + Integer.BYTES + length;
		if (needed > this.buffer.capacity()) {
			this.buffer = ByteBuffer.allocate(Math.max(needed, 2 * this.buffer.capacity())).put(payload());
		}
		return this.buffer.putShort((short) tag.code()).putInt(length);
	}

	private static void require(boolean allowed, FieldTag tag, Object value) {
		if (!allowed) {
			throw new IllegalArgumentException("%s cannot be sent: %s".formatted(tag, value));
		}
	}

}
