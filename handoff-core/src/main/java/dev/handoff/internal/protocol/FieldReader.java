package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

import dev.handoff.internal.text.PlainText;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one payload, or of one field that has fields itself. Not thread-safe.
 */
final class FieldReader {

	private static final int HEADER_SIZE = 6;

	private static final int MAX_QUOTED_BYTES = 32;

	private final String owner;

	private final Map<FieldTag, List<ByteBuffer>> values = new EnumMap<>(FieldTag.class);

	/**
	 * Takes the payload apart.
	 * @param owner what the fields belong to, for exceptions
	 * @param payload the payload, read to its end
	 * @throws MalformedFrameException if it does not consist of fields, or one occurs too
	 * often
	 */
	FieldReader(String owner, ByteBuffer payload) throws MalformedFrameException {
		this.owner = owner;
		while (payload.hasRemaining()) {
			readField(payload);
		}
	}

	private void readField(ByteBuffer payload) throws MalformedFrameException {
		if (payload.remaining() < HEADER_SIZE) {
			throw malformed("ends with %d bytes that are no field".formatted(payload.remaining()));
		}
		int code = Short.toUnsignedInt(payload.getShort());
		long length = Integer.toUnsignedLong(payload.getInt());
		if (length > payload.remaining()) {
			throw malformed(
					"has a field %d of %d bytes, of which %d are there".formatted(code, length, payload.remaining()));
		}
		ByteBuffer value = payload.slice(payload.position(), (int) length);
		payload.position(payload.position() + (int) length);
		FieldTag tag = FieldTag.of(code);
		if (tag == null) {
			return;
		}
		List<ByteBuffer> occurrences = this.values.computeIfAbsent(tag, (key) -> new ArrayList<>(1));
		if (occurrences.size() == tag.maxOccurrences()) {
			throw malformed("has more than %d of field %s".formatted(tag.maxOccurrences(), tag));
		}
		occurrences.add(value);
	}

	boolean flag(FieldTag tag) throws MalformedFrameException {
		int value = code(tag);
		if (value > 1) {
			throw malformed("has %s %d, neither 0 nor 1".formatted(tag, value));
		}
		return value == 1;
	}

	int code(FieldTag tag) throws MalformedFrameException {
		return Byte.toUnsignedInt(required(tag, Byte.BYTES).get());
	}

	int number(FieldTag tag) throws MalformedFrameException {
		return (int) notNegative(tag, required(tag, Integer.BYTES).getInt());
	}

	long longNumber(FieldTag tag) throws MalformedFrameException {
		return notNegative(tag, bits(tag));
	}

	long bits(FieldTag tag) throws MalformedFrameException {
		return required(tag, Long.BYTES).getLong();
	}

	Duration duration(FieldTag tag) throws MalformedFrameException {
		Duration duration = Duration.ofNanos(longNumber(tag));
		return (duration.compareTo(FrameCodec.MAX_DURATION) > 0) ? FrameCodec.MAX_DURATION : duration;
	}

	@Nullable Duration optionalDuration(FieldTag tag) throws MalformedFrameException {
		return this.values.containsKey(tag) ? duration(tag) : null;
	}

	boolean has(FieldTag tag) {
		return this.values.containsKey(tag);
	}

	String text(FieldTag tag, int maxLength) throws MalformedFrameException {
		ByteBuffer value = required(tag);
		String text;
		try {
			text = StandardCharsets.UTF_8.newDecoder().decode(value.duplicate()).toString();
		}
		catch (CharacterCodingException ex) {
			throw malformed("has %s that is not UTF-8: %s".formatted(tag, hex(value)));
		}
		if (text.length() > maxLength) {
			throw malformed("has %s of %d characters, more than %d".formatted(tag, text.length(), maxLength));
		}
		return text;
	}

	/**
	 * Returns a text of one line, in which nothing steers a terminal.
	 * @param tag the field
	 * @param maxLength how many characters it has at most
	 */
	String line(FieldTag tag, int maxLength) throws MalformedFrameException {
		String line = PlainText.of(text(tag, maxLength));
		return (line.length() > maxLength) ? line.substring(0, maxLength) : line;
	}

	/**
	 * Returns the values of a field that may be repeated.
	 * @param tag the field
	 * @return its values in their order, empty if there is none
	 */
	List<ByteBuffer> all(FieldTag tag) {
		return this.values.getOrDefault(tag, List.of());
	}

	MalformedFrameException malformed(String problem) {
		return new MalformedFrameException(this.owner + " " + problem);
	}

	private ByteBuffer required(FieldTag tag, int length) throws MalformedFrameException {
		ByteBuffer value = required(tag);
		if (value.remaining() != length) {
			throw malformed("has %s of %d bytes, not %d".formatted(tag, value.remaining(), length));
		}
		return value.duplicate();
	}

	private ByteBuffer required(FieldTag tag) throws MalformedFrameException {
		List<ByteBuffer> occurrences = all(tag);
		if (occurrences.isEmpty()) {
			throw malformed("has no field %s (%d)".formatted(tag, tag.code()));
		}
		return occurrences.get(0);
	}

	private long notNegative(FieldTag tag, long value) throws MalformedFrameException {
		if (value < 0) {
			throw malformed("has negative %s: %d".formatted(tag, value));
		}
		return value;
	}

	private static String hex(ByteBuffer value) {
		byte[] bytes = new byte[Math.min(value.remaining(), MAX_QUOTED_BYTES)];
		value.duplicate().get(bytes);
		return HexFormat.of().formatHex(bytes) + ((value.remaining() > bytes.length) ? "..." : "");
	}

}
