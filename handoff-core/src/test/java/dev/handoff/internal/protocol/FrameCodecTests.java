package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.internal.protocol.Message.Offer.Entry;
import dev.handoff.internal.protocol.Message.Offer.Kind;
import dev.handoff.internal.protocol.Message.Refused.Reason;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link FrameCodec}.
 */
@Tag("jdk-independent")
class FrameCodecTests {

	static Stream<String> messages() {
		return GoldenFrames.messages().keySet().stream();
	}

	static Stream<String> messagesOfNewerGenerations() {
		return GoldenFrames.messagesOfNewerGenerations().keySet().stream();
	}

	@ParameterizedTest
	@MethodSource("messages")
	void messageIsEncodedAsTheGoldenBytes(String name) {
		assertThat(HexFormat.of().formatHex(encode(Objects.requireNonNull(GoldenFrames.messages().get(name)))))
			.isEqualTo(HexFormat.of().formatHex(GoldenFrames.bytes(name)));
	}

	@ParameterizedTest
	@MethodSource("messages")
	void goldenBytesAreDecodedToTheMessage(String name) throws Exception {
		assertThat(decode(GoldenFrames.bytes(name))).isEqualTo(GoldenFrames.messages().get(name));
	}

	@ParameterizedTest
	@MethodSource("messagesOfNewerGenerations")
	void frameOfANewerGenerationIsUnderstood(String name) throws Exception {
		assertThat(decode(GoldenFrames.bytes(name))).isEqualTo(GoldenFrames.messagesOfNewerGenerations().get(name));
	}

	@Test
	void everyMessageButUnknownHasGoldenBytes() {
		assertThat(
				GoldenFrames.messages().values().stream().<Class<?>>map(Object::getClass).collect(Collectors.toSet()))
			.isEqualTo(Arrays.stream(Message.class.getPermittedSubclasses())
				.filter((type) -> type != Message.Unknown.class)
				.collect(Collectors.toSet()));
	}

	@Test
	void tagsAreStableAndUnique() {
		assertThat(Arrays.stream(FieldTag.values()).map(FieldTag::code))
			.isEqualTo(IntStream.rangeClosed(1, FieldTag.values().length).boxed().toList());
	}

	@Test
	void codesOfWhatOperatorsSeeAreStable() {
		assertThat(Arrays.stream(Message.Request.Operation.values())
			.map((operation) -> operation.code() + " " + operation))
			.containsExactly("1 STATUS", "2 RELEASE", "3 ABORT", "4 RECLAIM", "5 TRIGGER", "6 WAIT");
		assertThat(Arrays.stream(CommandResult.Verdict.values()).map((verdict) -> verdict.code() + " " + verdict))
			.containsExactly("1 APPLIED", "2 NO_HANDOFF", "3 TOO_EARLY", "4 TOO_LATE", "5 NO_ANSWER",
					"6 NOT_CONFIGURED", "7 BUSY", "8 FAILED");
		assertThat(Arrays.stream(HandoffReport.Outcome.values()).map((outcome) -> outcome.code() + " " + outcome))
			.containsExactly("1 COMPLETED", "2 ABORTED", "3 REFUSED", "4 TIMED_OUT", "5 RECLAIMED", "6 EXPELLED",
					"7 PEER_DIED");
		assertThat(Arrays.stream(HandoffState.values()).map((state) -> state.code() + " " + state)).containsExactly(
				"1 STARTING", "2 STANDBY", "3 SERVING", "4 OFFERING", "5 OBSERVING", "6 DRAINING", "7 TERMINATED");
		assertThat(Arrays.stream(Message.Request.Format.values()).map((format) -> format.code() + " " + format))
			.containsExactly("1 TEXT", "2 JSON");
	}

	@Test
	void codesOfReasonsAndKindsAreStable() {
		assertThat(Arrays.stream(Reason.values()).map((reason) -> reason.code() + " " + reason)).containsExactly(
				"1 BUSY", "2 NOT_READY", "3 VERSION", "4 OTHER_APPLICATION", "5 FORBIDDEN", "6 OTHER_NETWORK");
		assertThat(Arrays.stream(Kind.values()).map((kind) -> kind.code() + " " + kind)).containsExactly("1 CONTROL",
				"2 TCP", "3 UNIX", "4 UDP", "5 APPEND_FILE", "6 PIPE");
	}

	@ParameterizedTest
	@EnumSource
	void everyReasonSurvivesTheRoundTrip(Reason reason) throws Exception {
		assertRoundTrip(new Message.Refused(reason, "", null));
	}

	@Test
	void bitsOfCapabilitiesAreStable() {
		assertThat(Capabilities.FILES).isEqualTo(1);
	}

	@ParameterizedTest
	@EnumSource
	void everyKindSurvivesTheRoundTrip(Kind kind) throws Exception {
		assertRoundTrip(offer(List.of(new Entry("a", kind, "b", 0))));
	}

	@Test
	void extremeValuesSurviveTheRoundTrip() throws Exception {
		String name = "\uD83D\uDE00\u20AC".repeat(85);
		assertThat(name).hasSize(FrameCodec.MAX_NAME_LENGTH);
		assertRoundTrip(new Message.Hello(0, Integer.MAX_VALUE, -1, Long.MAX_VALUE, name, name, "", name));
		assertRoundTrip(offer(List.of(new Entry(name, Kind.TCP, "x".repeat(512), Long.MAX_VALUE))));
		assertRoundTrip(new Message.Released(Duration.ZERO));
		assertRoundTrip(new Message.Released(Duration.ofNanos(1)));
		assertRoundTrip(new Message.Released(Duration.ofDays(365)));
		assertRoundTrip(new Message.Unrecognized(255));
		assertRoundTrip(new Message.Abort("y".repeat(4096)));
	}

	@Test
	void whenDurationIsVeryLongThenItCountsAsAYear() throws Exception {
		assertThat(decode(encode(new Message.Released(Duration.ofSeconds(Long.MAX_VALUE)))))
			.isEqualTo(new Message.Released(Duration.ofDays(365)));
		assertThat(decode(frame(7, "0015 00000008 7fffffffffffffff")))
			.isEqualTo(new Message.Released(Duration.ofDays(365)));
	}

	@Test
	void whenDetailIsTooLongThenItsEndIsCut() throws Exception {
		assertThat(decode(encode(new Message.Abort("z".repeat(5000))))).isEqualTo(new Message.Abort("z".repeat(4096)));
	}

	@Test
	void whenDetailIsCutThenNoCharacterIsHalved() throws Exception {
		assertThat(decode(encode(new Message.Reclaim("z" + "\uD83D\uDE00".repeat(2048)))))
			.isEqualTo(new Message.Reclaim("z" + "\uD83D\uDE00".repeat(2047)));
	}

	@Test
	void whenDetailHasHalfACharacterThenItIsReplaced() throws Exception {
		assertThat(decode(encode(new Message.Reclaimed("a\uD83D")))).isEqualTo(new Message.Reclaimed("a?"));
	}

	@Test
	void manifestOfTheMostEntriesFits() throws Exception {
		assertRoundTrip(offer(IntStream.range(0, FrameCodec.MAX_ENTRIES)
			.mapToObj((i) -> new Entry("listener-" + i, Kind.TCP, "[::]:" + i, i))
			.toList()));
	}

	@Test
	void manifestOfAThousandOfTheLongestEntriesFits() throws Exception {
		assertRoundTrip(offer(Collections.nCopies(1000, new Entry("n".repeat(255), Kind.UNIX, "/".repeat(512), 1))));
	}

	@Test
	void whenManifestHasTooManyEntriesThenItIsNotEncoded() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> encode(offer(Collections.nCopies(4097, new Entry("", Kind.TCP, "", 1)))))
			.withMessage("OFFER cannot be sent: its manifest has 4097 entries, more than 4096");
	}

	@Test
	void whenPayloadIsTooLongThenItIsNotEncoded() {
		assertThatIllegalArgumentException()
			.isThrownBy(() -> encode(
					offer(Collections.nCopies(4096, new Entry("n".repeat(255), Kind.UNIX, "/".repeat(512), 1)))))
			.withMessageMatching("OFFER cannot be sent: its payload would have \\d+ bytes, more than 1048576");
	}

	@Test
	void whenValueCannotBeReadThenItIsNotEncoded() {
		assertNotEncoded(new Message.Progress(-3), "REMAINING cannot be sent: -3");
		assertNotEncoded(new Message.Unrecognized(-1), "TYPE cannot be sent: -1");
		assertNotEncoded(new Message.Unrecognized(256), "TYPE cannot be sent: 256");
		assertNotEncoded(new Message.Released(Duration.ofMillis(-1)), "WINDOW cannot be sent: PT-0.001S");
		assertNotEncoded(new Message.Hello(1, 1, 0, -9, "", "", "", ""), "PID cannot be sent: -9");
		assertNotEncoded(new Message.Hello(1, 1, 0, 9, "", "a".repeat(256), "", ""),
				"APPLICATION cannot be sent: 256 characters");
		assertNotEncoded(new Message.Hello(1, 1, 0, 9, "", "a\uDE00", "", ""),
				"APPLICATION cannot be sent as UTF-8: a\uDE00");
		assertNotEncoded(offer(List.of(new Entry("", Kind.TCP, "a".repeat(513), 1))),
				"ADDRESS cannot be sent: 513 characters");
	}

	@Test
	void whenMessageIsUnknownThenItIsNotEncoded() {
		assertNotEncoded(new Message.Unknown(99), "Message is never sent: Unknown[type=99]");
	}

	@ParameterizedTest
	@ValueSource(ints = { 0, 21, 255 })
	void whenTypeIsUnknownThenThePayloadIsSkipped(int type) throws Exception {
		assertThat(decode(frame(type, "ffff"))).isEqualTo(new Message.Unknown(type));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			textBlock = """
					4  | 0013 00000004 ffffffff                  | DESCRIPTORS has negative COUNT: -1
					7  | 0015 00000008 ffffffffffffffff          | RELEASED has negative WINDOW: -1
					4  |                                         | DESCRIPTORS has no field COUNT (19)
					4  | 0013 00000003 000001                    | DESCRIPTORS has COUNT of 3 bytes, not 4
					4  | 0013 00000005 0000000001                | DESCRIPTORS has COUNT of 5 bytes, not 4
					4  | 0013 00000004 00000001 0013 00000004 00000001 | DESCRIPTORS has more than 1 of field COUNT
					4  | 0013 00000004 000001                    | DESCRIPTORS has a field 19 of 4 bytes, of which 3 are there
					4  | 0013 ffffffff 000001                    | DESCRIPTORS has a field 19 of 4294967295 bytes, of which 3 are there
					5  | 0013 000000                             | ADOPTED ends with 5 bytes that are no field
					5  | 8000 00000001                           | ADOPTED has a field 32768 of 1 bytes, of which 0 are there
					6  | 0014 00000001 02                        | READY has HOLD 2, neither 0 nor 1
					10 | 000a 00000003 61c328                    | RECLAIM has DETAIL that is not UTF-8: 61c328
					2  | 0009 00000001 01                        | REFUSED has no field DETAIL (10)
					3  | 000e 00000000                           | OFFER's manifest entry 0 has no field NAME (15)
					3  | 000e 00000003 000f00                    | OFFER's manifest entry 0 ends with 3 bytes that are no field
					3  | 000e 0000000d 000f 00000000 0010 00000001 07 | OFFER's manifest entry 0 has an unknown kind: 7
					""")
	void whenPayloadIsMalformedThenTheMessageNamesTheValue(int type, String payload, String message) {
		assertMalformed(frame(type, (payload != null) ? payload : ""), message);
	}

	@ParameterizedTest
	@CsvSource({ "HELLO, 8", "REFUSED for good, 2", "OFFER, 10", "DESCRIPTORS, 1", "READY, 1", "RELEASED, 1",
			"RECLAIM, 1", "RECLAIMED, 1", "PROGRESS, 1", "ABORT, 1", "UNRECOGNIZED, 1" })
	void whenAnyFieldIsMissingThenTheFrameIsMalformed(String name, int fields) {
		byte[] bytes = GoldenFrames.bytes(name);
		int required = 0;
		for (int start = FrameHeader.SIZE; start < bytes.length;) {
			int size = 6 + ByteBuffer.wrap(bytes).getInt(start + 2);
			if (bytes[start + 1] != FieldTag.ENTRY.code()) {
				assertThatExceptionOfType(MalformedFrameException.class).as("without the field at %d", start)
					.isThrownBy(withoutBytes(bytes, start, size)::next)
					.withMessageContaining("has no field");
			}
			required++;
			start += size;
		}
		assertThat(required).isEqualTo(fields);
	}

	@Test
	void whenTextIsOverItsBoundThenTheFrameIsMalformed() {
		assertMalformed(frame(15, "000a 00001001" + "61".repeat(4097)),
				"ABORT has DETAIL of 4097 characters, more than 4096");
		assertMalformed(frame(3, "000e 00000106 000f 00000100" + "61".repeat(256)),
				"OFFER's manifest entry 0 has NAME of 256 characters, more than 255");
		assertMalformed(frame(3, "000e 00000214 000f 00000000 0010 00000001 02 0011 00000201" + "61".repeat(513)),
				"OFFER's manifest entry 0 has ADDRESS of 513 characters, more than 512");
	}

	@Test
	void whenLongTextIsNotUtf8ThenOnlyItsBeginningIsQuoted() {
		assertMalformed(frame(15, "000a 00000028" + "ff".repeat(40)),
				"ABORT has DETAIL that is not UTF-8: " + "ff".repeat(32) + "...");
	}

	@Test
	void whenManifestHasTooManyEntriesThenTheFrameIsMalformed() {
		assertMalformed(frame(3, "000e 00000000".repeat(4097)), "OFFER has more than 4096 of field ENTRY");
	}

	private static void assertRoundTrip(Message message) throws MalformedFrameException {
		assertThat(decode(encode(message))).isEqualTo(message);
	}

	private static void assertNotEncoded(Message message, String problem) {
		assertThatIllegalArgumentException().isThrownBy(() -> encode(message)).withMessage(problem);
	}

	private static void assertMalformed(byte[] frame, String message) {
		assertThatExceptionOfType(MalformedFrameException.class).isThrownBy(() -> decode(frame)).withMessage(message);
	}

	private static Message.Offer offer(List<Entry> manifest) {
		return new Message.Offer(1, 0, 0, 1, "id", "net", manifest);
	}

	private static byte[] frame(int type, String payload) {
		String hex = payload.replace(" ", "");
		return HexFormat.of().parseHex("484f464601%02x0000%08x".formatted(type, hex.length() / 2) + hex);
	}

	private static FrameDecoder withoutBytes(byte[] frame, int start, int size) {
		ByteBuffer shorter = ByteBuffer.allocate(frame.length - size);
		shorter.put(frame, 0, start).put(frame, start + size, frame.length - start - size);
		shorter.putInt(8, shorter.capacity() - FrameHeader.SIZE);
		FrameDecoder decoder = new FrameDecoder();
		decoder.feed(shorter.flip());
		return decoder;
	}

	private static byte[] encode(Message message) {
		ByteBuffer frame = FrameCodec.encode(message);
		byte[] bytes = new byte[frame.remaining()];
		frame.get(bytes);
		return bytes;
	}

	private static Message decode(byte[] frame) throws MalformedFrameException {
		FrameDecoder decoder = new FrameDecoder();
		decoder.feed(ByteBuffer.wrap(frame));
		Message message = decoder.next();
		assertThat(decoder.next()).isNull();
		return Objects.requireNonNull(message, "incomplete");
	}

}
