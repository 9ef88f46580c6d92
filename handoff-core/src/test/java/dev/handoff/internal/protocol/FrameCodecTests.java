package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * The bytes of the protocol. The golden bytes must never change: generations with
 * different releases of this library talk to each other.
 */
class FrameCodecTests {

	private static final String HEADER = "484f464601";

	static Stream<Arguments> goldenBytes() {
		return Stream.of(
				Arguments.of(new Message.Hello(1, 2, 3, 4, "i", "app", "1.0", "net:[5]"),
						HEADER + "01" + "0000" + "00000052" + "0001" + "00000004" + "00000001" + "0002" + "00000004"
								+ "00000002" + "0003" + "00000008" + "0000000000000003" + "0004" + "00000008"
								+ "0000000000000004" + "0005" + "00000001" + "69" + "0006" + "00000003" + "617070"
								+ "0007" + "00000003" + "312e30" + "0008" + "00000007" + "6e65743a5b355d"),
				Arguments.of(new Refused(Refused.Reason.BUSY, "no", null),
						HEADER + "02" + "0000" + "00000012" + "0001" + "00000004" + "00000001" + "0002" + "00000002"
								+ "6e6f"),
				Arguments.of(new Refused(Refused.Reason.FORBIDDEN, "no", Duration.ofSeconds(5)),
						HEADER + "02" + "0000" + "00000020" + "0001" + "00000004" + "00000005" + "0002" + "00000002"
								+ "6e6f" + "0003" + "00000008" + "0000000000001388"),
				Arguments.of(
						new Offer(1, 0, 7, 8, "i", "n",
								List.of(new Offer.Entry("", Offer.Kind.CONTROL, "/s", 9),
										new Offer.Entry("a", Offer.Kind.TCP, "[::]:80", 10))),
						HEADER + "03" + "0000" + "000000a6" + "0001" + "00000004" + "00000001" + "0002" + "00000008"
								+ "0000000000000000" + "0003" + "00000004" + "00000007" + "0004" + "00000008"
								+ "0000000000000008" + "0005" + "00000001" + "69" + "0006" + "00000001" + "6e" + "0007"
								+ "00000026" + "0001" + "00000000" + "0002" + "00000004" + "00000001" + "0003"
								+ "00000002" + "2f73" + "0004" + "00000008" + "0000000000000009" + "0007" + "0000002c"
								+ "0001" + "00000001" + "61" + "0002" + "00000004" + "00000002" + "0003" + "00000007"
								+ "5b3a3a5d3a3830" + "0004" + "00000008" + "000000000000000a"),
				Arguments.of(new Message.Descriptors(60),
						HEADER + "04" + "0000" + "0000000a" + "0001" + "00000004" + "0000003c"),
				Arguments.of(new Message.Adopted(), HEADER + "05" + "0000" + "00000000"),
				Arguments.of(new Message.Ready(true),
						HEADER + "06" + "0000" + "0000000a" + "0001" + "00000004" + "00000001"),
				Arguments.of(new Message.Ready(false),
						HEADER + "06" + "0000" + "0000000a" + "0001" + "00000004" + "00000000"),
				Arguments.of(new Message.Released(Duration.ofSeconds(10)),
						HEADER + "07" + "0000" + "0000000e" + "0001" + "00000008" + "0000000000002710"),
				Arguments.of(new Message.Serving(), HEADER + "08" + "0000" + "00000000"),
				Arguments.of(new Message.Confirmed(), HEADER + "09" + "0000" + "00000000"),
				Arguments.of(new Message.Reclaim("x"),
						HEADER + "0a" + "0000" + "00000007" + "0001" + "00000001" + "78"),
				Arguments.of(new Message.Reclaimed("x"),
						HEADER + "0b" + "0000" + "00000007" + "0001" + "00000001" + "78"),
				Arguments.of(new Message.Closed(), HEADER + "0c" + "0000" + "00000000"),
				Arguments.of(new Message.Progress(3),
						HEADER + "0d" + "0000" + "0000000a" + "0001" + "00000004" + "00000003"),
				Arguments.of(new Message.Gone(), HEADER + "0e" + "0000" + "00000000"),
				Arguments.of(new Message.Abort("x"), HEADER + "0f" + "0000" + "00000007" + "0001" + "00000001" + "78"),
				Arguments.of(new Message.Unrecognized(99),
						HEADER + "10" + "0000" + "0000000a" + "0001" + "00000004" + "00000063"));
	}

	@ParameterizedTest
	@MethodSource("goldenBytes")
	void aMessageHasItsBytes(Message message, String hex) throws MalformedFrameException {
		assertThat(hex(FrameCodec.encode(message))).isEqualTo(hex);
		assertThat(decode(bytes(hex))).containsExactly(message);
	}

	@ParameterizedTest
	@MethodSource("goldenBytes")
	void aMessageArrivesByteByByte(Message message, String hex) throws MalformedFrameException {
		FrameDecoder decoder = new FrameDecoder();
		byte[] bytes = HexFormat.of().parseHex(hex);
		for (int i = 0; i < bytes.length - 1; i++) {
			decoder.feed(ByteBuffer.wrap(bytes, i, 1));
			assertThat(decoder.next()).isNull();
		}
		decoder.feed(ByteBuffer.wrap(bytes, bytes.length - 1, 1));
		assertThat(decoder.next()).isEqualTo(message);
		assertThat(decoder.next()).isNull();
	}

	@Test
	void messagesThatArriveTogetherAreToldApart() throws MalformedFrameException {
		assertThat(decode(bytes(HEADER + "05" + "0000" + "00000000" + HEADER + "0c" + "0000" + "00000000")))
			.containsExactly(new Message.Adopted(), new Message.Closed());
	}

	@Test
	void unknownFieldsOfANewerGenerationAreSkipped() throws MalformedFrameException {
		String newer = HEADER + "0d" + "ffff" + "00000018" + "0001" + "00000004" + "00000003" + "00ff" + "00000002"
				+ "abcd" + "0100" + "00000000";
		assertThat(decode(bytes(newer))).containsExactly(new Message.Progress(3));
	}

	@Test
	void anUnknownTypeIsToldAndSkipped() throws MalformedFrameException {
		assertThat(decode(bytes(HEADER + "63" + "0000" + "00000002" + "0000" + HEADER + "05" + "0000" + "00000000")))
			.hasSize(2);
	}

	@Test
	void anUnknownReasonOfANewerGenerationIsARefusalAllTheSame() throws MalformedFrameException {
		String newer = HEADER + "02" + "0000" + "00000012" + "0001" + "00000004" + "00000063" + "0002" + "00000002"
				+ "6e6f";
		assertThat(decode(bytes(newer))).containsExactly(new Refused(Refused.Reason.FORBIDDEN, "no", null));
	}

	static Stream<Arguments> malformedFrames() {
		return Stream.of(Arguments.of("48545450" + "2f312e3120323030", "magic 0x48545450"),
				Arguments.of("484f464602" + "05" + "0000" + "00000000", "frame format 2"),
				Arguments.of(HEADER + "05" + "0000" + "00100001", "1048577 bytes"),
				Arguments.of(HEADER + "05" + "0000" + "ffffffff", "4294967295 bytes"),
				Arguments.of(HEADER + "0d" + "0000" + "00000000", "field 1 is there 0 times"),
				Arguments.of(HEADER + "0d" + "0000" + "00000003" + "000100", "truncated field header of 3 bytes"),
				Arguments.of(HEADER + "0d" + "0000" + "00000006" + "0001" + "00000004", "field 1 of length 4"),
				Arguments.of(HEADER + "0d" + "0000" + "00000006" + "0001" + "ffffffff", "4294967295"),
				Arguments.of(HEADER + "0d" + "0000" + "00000008" + "0001" + "00000002" + "0001", "has 2 bytes, not 4"),
				Arguments.of(HEADER + "0d" + "0000" + "0000000a" + "0001" + "00000004" + "ffffffff", "over the bound"),
				Arguments.of(HEADER + "0d" + "0000" + "00000014" + ("0001" + "00000004" + "00000001").repeat(2),
						"there 2 times"),
				Arguments.of(HEADER + "07" + "0000" + "0000000e" + "0001" + "00000008" + "ffffffffffffffff",
						"over the bound"),
				Arguments.of(HEADER + "0f" + "0000" + "00000007" + "0001" + "00000001" + "ff", "no UTF-8"));
	}

	@ParameterizedTest
	@MethodSource("malformedFrames")
	void aMalformedFrameIsRejectedWithItsValue(String hex, String problem) {
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> decode(bytes(hex)))
			.withMessageContaining(problem);
	}

	@Test
	void aListenerOfAnUnknownKindIsRejected() {
		ByteBuffer frame = FrameCodec
			.encode(new Offer(1, 0, 0, 0, "i", "n", List.of(new Offer.Entry("", Offer.Kind.CONTROL, "/s", 9))));
		String broken = hex(frame).replace("0002" + "00000004" + "00000001" + "0003", "000200000004000000630003");
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> decode(bytes(broken)))
			.withMessageContaining("unknown kind 99");
	}

	@Test
	void anOfferTakesFourThousandListenersAndNotOneMore() throws MalformedFrameException {
		List<Offer.Entry> entries = new ArrayList<>(IntStream.range(0, FrameCodec.MAX_LISTENERS)
			.mapToObj((i) -> new Offer.Entry("listener-" + i, Offer.Kind.TCP, "127.0.0.1:" + i, i))
			.toList());
		Offer offer = new Offer(1, 0, 0, 0, "i", "n", entries);
		assertThat(decode(FrameCodec.encode(offer))).containsExactly(offer);
		entries.add(new Offer.Entry("one more", Offer.Kind.TCP, "127.0.0.1:1", 1));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> FrameCodec.encode(new Offer(1, 0, 0, 0, "i", "n", entries)));
	}

	@Test
	void aLongReasonIsCut() throws MalformedFrameException {
		Message decoded = decode(FrameCodec.encode(new Message.Abort("é".repeat(5000)))).get(0);
		assertThat(((Message.Abort) decoded).reason()).startsWith("éé").endsWith("…").hasSizeLessThan(2000);
	}

	@Test
	void randomChangesNeverDoMoreThanMakeAFrameMalformed() {
		Random random = new Random(20261123);
		List<byte[]> frames = goldenBytes().map((golden) -> HexFormat.of().parseHex((String) golden.get()[1])).toList();
		int rejected = 0;
		for (int i = 0; i < 50_000; i++) {
			byte[] frame = frames.get(random.nextInt(frames.size())).clone();
			for (int j = random.nextInt(4); j >= 0; j--) {
				frame[random.nextInt(frame.length)] = (byte) random.nextInt(256);
			}
			try {
				assertThat(decode(ByteBuffer.wrap(frame))).hasSizeLessThanOrEqualTo(2);
			}
			catch (MalformedFrameException ex) {
				rejected++;
			}
		}
		assertThat(rejected).isGreaterThan(1000);
	}

	@Test
	void theHighestCommonVersionIsChosen() {
		assertThat(Versions.negotiate(1, 1)).hasValue(1);
		assertThat(Versions.negotiate(1, 9)).hasValue(Versions.HIGHEST);
		assertThat(Versions.negotiate(2, 9)).isEmpty();
		assertThat(Versions.negotiate(0, 0)).isEmpty();
	}

	private static List<Message> decode(ByteBuffer bytes) throws MalformedFrameException {
		FrameDecoder decoder = new FrameDecoder();
		decoder.feed(bytes);
		List<Message> messages = new ArrayList<>();
		for (Message message = decoder.next(); message != null; message = decoder.next()) {
			messages.add(message);
		}
		return messages;
	}

	private static ByteBuffer bytes(String hex) {
		return ByteBuffer.wrap(HexFormat.of().parseHex(hex));
	}

	private static String hex(ByteBuffer bytes) {
		byte[] copy = new byte[bytes.remaining()];
		bytes.duplicate().get(copy);
		return HexFormat.of().formatHex(copy);
	}

}
