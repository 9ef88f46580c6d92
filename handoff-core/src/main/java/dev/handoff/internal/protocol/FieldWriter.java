package dev.handoff.internal.protocol;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Writes tag-length-value fields. Not safe for use by several threads.
 */
final class FieldWriter {

	private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

	FieldWriter u32(int tag, int value) {
		return field(tag, ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
	}

	FieldWriter u64(int tag, long value) {
		return field(tag, ByteBuffer.allocate(Long.BYTES).putLong(value).array());
	}

	FieldWriter text(int tag, String value) {
		return field(tag, value.getBytes(StandardCharsets.UTF_8));
	}

	FieldWriter nested(int tag, FieldWriter fields) {
		return field(tag, fields.toByteArray());
	}

	private FieldWriter field(int tag, byte[] value) {
		this.bytes.writeBytes(
				ByteBuffer.allocate(Short.BYTES + Integer.BYTES).putShort((short) tag).putInt(value.length).array());
		this.bytes.writeBytes(value);
		return this;
	}

	byte[] toByteArray() {
		return this.bytes.toByteArray();
	}

}
