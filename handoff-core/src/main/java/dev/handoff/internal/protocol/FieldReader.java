package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads tag-length-value fields. Fields that nobody asks for are skipped, so that a newer
 * generation can add some.
 */
final class FieldReader {

	private final String context;

	private final Map<Integer, List<ByteBuffer>> fields = new HashMap<>();

	FieldReader(String context, ByteBuffer payload) throws MalformedFrameException {
		this.context = context;
		while (payload.hasRemaining()) {
			if (payload.remaining() < Short.BYTES + Integer.BYTES) {
				throw malformed("a truncated field header of %d bytes".formatted(payload.remaining()));
			}
			int tag = Short.toUnsignedInt(payload.getShort());
			int length = payload.getInt();
			if (length < 0 || length > payload.remaining()) {
				throw malformed("field %d of length %s where %d bytes are left".formatted(tag,
						Integer.toUnsignedString(length), payload.remaining()));
			}
			this.fields.computeIfAbsent(tag, (key) -> new ArrayList<>()).add(payload.slice(payload.position(), length));
			payload.position(payload.position() + length);
		}
	}

	boolean has(int tag) {
		return this.fields.containsKey(tag);
	}

	int u32(int tag) throws MalformedFrameException {
		int value = sized(tag, Integer.BYTES).getInt();
		if (value < 0) {
			throw malformed("field %d is %s, over the bound".formatted(tag, Integer.toUnsignedString(value)));
		}
		return value;
	}

	long u64(int tag) throws MalformedFrameException {
		return sized(tag, Long.BYTES).getLong();
	}

	String text(int tag, int maxBytes) throws MalformedFrameException {
		ByteBuffer value = single(tag);
		if (value.remaining() > maxBytes) {
			throw malformed(
					"field %d has %d bytes, at most %d are allowed".formatted(tag, value.remaining(), maxBytes));
		}
		try {
			return StandardCharsets.UTF_8.newDecoder().decode(value).toString();
		}
		catch (CharacterCodingException ex) {
			throw malformed("field %d is no UTF-8".formatted(tag));
		}
	}

	List<ByteBuffer> repeated(int tag) {
		return this.fields.getOrDefault(tag, List.of());
	}

	private ByteBuffer sized(int tag, int size) throws MalformedFrameException {
		ByteBuffer value = single(tag);
		if (value.remaining() != size) {
			throw malformed("field %d has %d bytes, not %d".formatted(tag, value.remaining(), size));
		}
		return value;
	}

	private ByteBuffer single(int tag) throws MalformedFrameException {
		List<ByteBuffer> values = repeated(tag);
		if (values.size() != 1) {
			throw malformed("field %d is there %d times, not once".formatted(tag, values.size()));
		}
		return values.get(0).duplicate();
	}

	MalformedFrameException malformed(String problem) {
		return new MalformedFrameException(this.context + ": " + problem);
	}

}
