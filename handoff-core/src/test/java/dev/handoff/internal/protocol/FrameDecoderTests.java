package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests for {@link FrameDecoder}.
 */
@Tag("jdk-independent")
class FrameDecoderTests {

	private final FrameDecoder decoder = new FrameDecoder();

	@Test
	void whenNothingWasFedThenThereIsNoMessage() throws Exception {
		assertThat(this.decoder.next()).isNull();
		this.decoder.feed(ByteBuffer.allocate(0));
		assertThat(this.decoder.next()).isNull();
	}

	@Test
	void aFrameMayBeAsLongAsTheLimit() throws Exception {
		ByteBuffer frame = FrameCodec.encode(new Message.Abort("x".repeat(100)));
		int payload = frame.remaining() - FrameHeader.SIZE;
		this.decoder.limit(payload);
		this.decoder.feed(frame.duplicate());
		assertThat(this.decoder.next()).isInstanceOf(Message.Abort.class);
		this.decoder.limit(payload - 1);
		this.decoder.feed(frame);
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(this.decoder::next)
			.withMessageContaining("%d bytes, more than %d".formatted(payload, payload - 1));
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 7, 11, 12, 13, 100, 5000 })
	void framesAreFoundHoweverTheyAreSplit(int size) throws Exception {
		ByteBuffer bytes = allFrames();
		List<Message> decoded = new ArrayList<>();
		while (bytes.hasRemaining()) {
			int length = Math.min(size, bytes.remaining());
			this.decoder.feed(bytes.slice(bytes.position(), length));
			bytes.position(bytes.position() + length);
			drainTo(decoded);
		}
		assertThat(decoded).containsExactlyElementsOf(allMessages());
	}

	@Test
	void framesAreFoundWhenTheyAreTakenLate() throws Exception {
		ByteBuffer bytes = allFrames();
		List<Message> decoded = new ArrayList<>();
		while (bytes.hasRemaining()) {
			this.decoder.feed(bytes.slice(bytes.position(), 1));
			bytes.position(bytes.position() + 1);
		}
		drainTo(decoded);
		assertThat(decoded).containsExactlyElementsOf(allMessages());
	}

	@Test
	void whenFrameIsTruncatedThenThereIsNoMessage() throws Exception {
		byte[] frame = GoldenFrames.bytes("HELLO");
		for (int length = 0; length < frame.length; length++) {
			FrameDecoder decoder = new FrameDecoder();
			decoder.feed(ByteBuffer.wrap(frame, 0, length));
			assertThat(decoder.next()).as("%d bytes", length).isNull();
		}
	}

	@Test
	void fedBytesAreReadToTheirEndAndNotKept() throws Exception {
		byte[] frame = GoldenFrames.bytes("HELLO");
		ByteBuffer bytes = ByteBuffer.wrap(frame);
		this.decoder.feed(bytes);
		assertThat(bytes.hasRemaining()).isFalse();
		Arrays.fill(frame, (byte) 0);
		assertThat(this.decoder.next()).isEqualTo(GoldenFrames.messages().get("HELLO"));
	}

	@Test
	void directAndReadOnlyBytesCanBeFed() throws Exception {
		byte[] frame = GoldenFrames.bytes("PROGRESS");
		this.decoder.feed(ByteBuffer.allocateDirect(frame.length).put(frame).flip());
		assertThat(this.decoder.next()).isEqualTo(new Message.Progress(300));
		this.decoder.feed(ByteBuffer.wrap(frame).asReadOnlyBuffer());
		assertThat(this.decoder.next()).isEqualTo(new Message.Progress(300));
	}

	@Test
	void whenPayloadIsOverTheBoundThenItIsRejectedWithTheHeader() {
		assertMalformed("484f4646 01 03 0000 00100001",
				"Payload of message type 3 has 1048577 bytes, more than 1048576");
	}

	@Test
	void whenPayloadOfUnknownTypeIsOverTheBoundThenItIsRejectedToo() {
		assertMalformed("484f4646 01 c8 0000 ffffffff",
				"Payload of message type 200 has 4294967295 bytes, more than 1048576");
	}

	@Test
	void payloadOfTheBoundIsAccepted() throws Exception {
		this.decoder.feed(hex("484f4646 01 c8 0000 00100000"));
		assertThat(this.decoder.next()).isNull();
		this.decoder.feed(ByteBuffer.allocate(FrameCodec.MAX_PAYLOAD));
		assertThat(this.decoder.next()).isEqualTo(new Message.Unknown(200));
		assertThat(this.decoder.next()).isNull();
	}

	@Test
	void memoryGrowsWithTheFedBytesOnly() throws Exception {
		for (int round = 0; round < 100; round++) {
			this.decoder.feed(allFrames());
			drainTo(new ArrayList<>());
		}
		this.decoder.feed(hex("484f4646 01 c8 0000 00100000"));
		assertThat(this.decoder.next()).isNull();
		assertThat(this.decoder.capacity()).isEqualTo(4096);
	}

	@Test
	void whenMagicIsWrongThenTheFrameIsMalformed() {
		assertMalformed("47455420 2f 20 4854 54502f31", "Magic is 0x47455420, not 0x484f4646");
	}

	@Test
	void whenFormatIsUnknownThenTheFrameIsMalformed() {
		assertMalformed("484f4646 ff 05 0000 00000000", "Frame format is 255, not 1");
	}

	@Test
	void whenFramesAreFollowedByGarbageThenTheyAreFoundBeforeIt() throws Exception {
		this.decoder.feed(ByteBuffer.wrap(GoldenFrames.bytes("GONE")));
		this.decoder.feed(ByteBuffer.wrap("any twelve bytes".getBytes(StandardCharsets.US_ASCII)));
		assertThat(this.decoder.next()).isEqualTo(new Message.Gone());
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(this.decoder::next);
	}

	@Test
	void whenFrameWasMalformedThenNothingIsFoundAfterIt() {
		String message = "Frame format is 2, not 1";
		assertMalformed("484f4646 02 05 0000 00000000", message);
		ByteBuffer bytes = ByteBuffer.wrap(GoldenFrames.bytes("GONE"));
		this.decoder.feed(bytes);
		assertThat(bytes.hasRemaining()).isFalse();
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(this.decoder::next).withMessage(message);
	}

	@Test
	void mutatedFramesAreDecodedOrMalformed() {
		Random random = new Random(20260101);
		List<byte[]> frames = new ArrayList<>();
		GoldenFrames.messages().keySet().forEach((name) -> frames.add(GoldenFrames.bytes(name)));
		GoldenFrames.messagesOfNewerGenerations().keySet().forEach((name) -> frames.add(GoldenFrames.bytes(name)));
		int malformed = 0;
		int decoded = 0;
		for (int round = 0; round < 50_000; round++) {
			byte[] bytes = mutate(frames.get(random.nextInt(frames.size())), random);
			FrameDecoder decoder = new FrameDecoder();
			int split = random.nextInt(bytes.length + 1);
			try {
				decoder.feed(ByteBuffer.wrap(bytes, 0, split));
				decoded += countMessages(decoder, bytes);
				decoder.feed(ByteBuffer.wrap(bytes, split, bytes.length - split));
				decoded += countMessages(decoder, bytes);
			}
			catch (MalformedFrameException ex) {
				malformed++;
			}
			catch (RuntimeException | StackOverflowError ex) {
				throw new AssertionError("Round " + round + ": " + HexFormat.of().formatHex(bytes), ex);
			}
		}
		assertThat(malformed).isGreaterThan(5_000);
		assertThat(decoded).isGreaterThan(5_000);
	}

	private static int countMessages(FrameDecoder decoder, byte[] bytes) throws MalformedFrameException {
		int count = 0;
		Message message = decoder.next();
		while (message != null) {
			count++;
			assertThat(count).isLessThanOrEqualTo(bytes.length / FrameHeader.SIZE);
			if (!(message instanceof Message.Unknown)) {
				FrameCodec.encode(message);
			}
			message = decoder.next();
		}
		return count;
	}

	private static byte[] mutate(byte[] frame, Random random) {
		byte[] bytes = frame.clone();
		for (int mutation = random.nextInt(4); mutation >= 0; mutation--) {
			// Beyond the magic, so that most mutations reach the payload.
			int index = 4 + random.nextInt(bytes.length - 4);
			switch (random.nextInt(5)) {
				case 0 -> bytes[index] ^= (byte) (1 << random.nextInt(8));
				case 1 -> bytes[index] = (byte) random.nextInt(256);
				case 2 -> bytes[index] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
				case 3 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(24));
				default -> bytes = Arrays.copyOf(bytes, Math.max(5, index));
			}
		}
		return bytes;
	}

	private void assertMalformed(String hex, String message) {
		this.decoder.feed(hex(hex));
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(this.decoder::next).withMessage(message);
	}

	private void drainTo(List<Message> messages) throws MalformedFrameException {
		Message message = this.decoder.next();
		while (message != null) {
			messages.add(message);
			message = this.decoder.next();
		}
	}

	private static List<Message> allMessages() {
		List<Message> messages = new ArrayList<>(GoldenFrames.messages().values());
		messages.addAll(GoldenFrames.messagesOfNewerGenerations().values());
		return messages;
	}

	private static ByteBuffer allFrames() {
		StringBuilder all = new StringBuilder();
		GoldenFrames.messages().keySet().forEach((name) -> append(all, name));
		GoldenFrames.messagesOfNewerGenerations().keySet().forEach((name) -> append(all, name));
		return hex(all.toString());
	}

	private static void append(StringBuilder all, String name) {
		all.append(HexFormat.of().formatHex(GoldenFrames.bytes(name)));
	}

	private static ByteBuffer hex(String hex) {
		return ByteBuffer.wrap(HexFormat.of().parseHex(hex.replace(" ", "")));
	}

}
