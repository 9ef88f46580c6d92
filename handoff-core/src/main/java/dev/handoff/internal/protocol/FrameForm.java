package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.util.function.BiConsumer;

/**
 * How one kind of message is written and read. Immutable.
 *
 * @param <M> the kind of message
 * @param type its stable type
 * @param name its name in exceptions
 * @param message its class
 * @param writer adds its fields
 * @param reader makes it of its fields
 */
record FrameForm<M extends Message>(int type, String name, Class<M> message, BiConsumer<FieldWriter, M> writer,
		Reader<M> reader) {

	ByteBuffer encode(Message value) {
		FieldWriter fields = new FieldWriter();
		this.writer.accept(fields, this.message.cast(value));
		ByteBuffer payload = fields.payload();
		if (payload.remaining() > FrameCodec.MAX_PAYLOAD) {
			throw new IllegalArgumentException("%s cannot be sent: its payload would have %d bytes, more than %d"
				.formatted(this.name, payload.remaining(), FrameCodec.MAX_PAYLOAD));
		}
		ByteBuffer frame = ByteBuffer.allocate(FrameHeader.SIZE + payload.remaining());
		new FrameHeader(this.type, payload.remaining()).write(frame);
		return frame.put(payload).flip();
	}

	Message decode(ByteBuffer payload) throws MalformedFrameException {
		return this.reader.read(new FieldReader(this.name, payload));
	}

	/**
	 * Makes a message of its fields.
	 *
	 * @param <M> the kind of message
	 */
	@FunctionalInterface
	interface Reader<M extends Message> {

		M read(FieldReader fields) throws MalformedFrameException;

	}

}
