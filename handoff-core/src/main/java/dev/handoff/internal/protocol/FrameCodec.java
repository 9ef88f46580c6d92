package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import dev.handoff.internal.protocol.Message.Abort;
import dev.handoff.internal.protocol.Message.Adopted;
import dev.handoff.internal.protocol.Message.Closed;
import dev.handoff.internal.protocol.Message.Confirmed;
import dev.handoff.internal.protocol.Message.Descriptors;
import dev.handoff.internal.protocol.Message.Gone;
import dev.handoff.internal.protocol.Message.Hello;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Progress;
import dev.handoff.internal.protocol.Message.Ready;
import dev.handoff.internal.protocol.Message.Reclaim;
import dev.handoff.internal.protocol.Message.Reclaimed;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Released;
import dev.handoff.internal.protocol.Message.Serving;
import dev.handoff.internal.protocol.Message.Unrecognized;

/**
 * The binary form of messages. Stateless and thread-safe. All numbers are big-endian.
 * <p>
 * A <b>frame</b> is a header of 12 bytes and a payload:
 * <ul>
 * <li>4 bytes: magic, {@code HOFF} in ASCII</li>
 * <li>1 byte: format of frame and fields, 1</li>
 * <li>1 byte: message type</li>
 * <li>2 bytes: flags, written as 0, ignored when read</li>
 * <li>4 bytes: length of the payload, at most 1,048,576</li>
 * </ul>
 * The payload is a sequence of <b>fields</b>: tag (2 bytes), length of the value (4
 * bytes), value. They may come in any order and are written in the order below. "?" marks
 * a field that may be missing, "*" one that may be missing or repeated.
 * <p>
 * <b>Messages</b>, by type:
 * <ul>
 * <li>1 HELLO: lowest version, highest version, capabilities, pid, instance id,
 * application, application version, network namespace</li>
 * <li>2 REFUSED: reason, detail, retry after?</li>
 * <li>3 OFFER: version, capabilities, generation, pid, instance id, application version,
 * entry*</li>
 * <li>4 DESCRIPTORS: count</li>
 * <li>5 ADOPTED</li>
 * <li>6 READY: hold</li>
 * <li>7 RELEASED: window</li>
 * <li>8 SERVING</li>
 * <li>9 CONFIRMED: detail?</li>
 * <li>10 RECLAIM: detail</li>
 * <li>11 RECLAIMED: detail</li>
 * <li>12 CLOSED</li>
 * <li>13 PROGRESS: remaining</li>
 * <li>14 GONE</li>
 * <li>15 ABORT: detail</li>
 * <li>16 UNRECOGNIZED: type</li>
 * <li>17 REQUEST: lowest version, highest version, operation, handoff (empty for the one
 * under way), format</li>
 * <li>18 RESULT: verdict, text</li>
 * <li>19 STATUS: state, generation, instance id, text</li>
 * <li>20 REPORT: outcome, text</li>
 * </ul>
 * <b>Fields</b>, by tag:
 * <ul>
 * <li>1 lowest version: number</li>
 * <li>2 highest version: number</li>
 * <li>3 capabilities: 64 bits, of which 1 is FILES</li>
 * <li>4 pid: long number</li>
 * <li>5 instance id: name</li>
 * <li>6 application: name</li>
 * <li>7 application version: name</li>
 * <li>8 network namespace: name</li>
 * <li>9 reason: code, 1 BUSY, 2 NOT_READY, 3 VERSION, 4 OTHER_APPLICATION, 5 FORBIDDEN, 6
 * OTHER_NETWORK</li>
 * <li>10 detail: free text</li>
 * <li>11 retry after: duration</li>
 * <li>12 version: number</li>
 * <li>13 generation: number</li>
 * <li>14 entry of the manifest: fields, namely name, kind, address, inode, device?</li>
 * <li>15 name: name</li>
 * <li>16 kind: code, 1 CONTROL, 2 TCP, 3 UNIX, 4 UDP; with FILES 5 APPEND_FILE, 6
 * PIPE</li>
 * <li>17 address: address</li>
 * <li>18 inode: long number</li>
 * <li>19 count: number</li>
 * <li>20 hold: code, 0 no, 1 yes</li>
 * <li>21 window: duration</li>
 * <li>22 remaining: number</li>
 * <li>23 type: code</li>
 * <li>24 operation: code, 1 STATUS, 2 RELEASE, 3 ABORT, 4 RECLAIM, 5 TRIGGER, 6 WAIT</li>
 * <li>25 handoff, its id: name</li>
 * <li>26 verdict, 27 state, 28 outcome: the codes of
 * {@link dev.handoff.CommandResult.Verdict}, {@link dev.handoff.HandoffState} and
 * {@link dev.handoff.HandoffReport.Outcome}</li>
 * <li>29 format: code, 1 TEXT, 2 JSON</li>
 * <li>30 text: the whole answer in that format</li>
 * <li>31 device of a file: long number</li>
 * </ul>
 * <b>Values</b>:
 * <ul>
 * <li>code: 1 byte</li>
 * <li>number: 4 bytes, not negative</li>
 * <li>long number: 8 bytes, not negative</li>
 * <li>duration: nanoseconds as a long number; more than 365 days count as 365 days</li>
 * <li>name, address, free text, text: UTF-8 of at most 255, 512, 4,096 and 262,144 UTF-16
 * units; free text is cut when it is written</li>
 * </ul>
 * How the protocol grows, so that generations of different releases understand each
 * other:
 * <ul>
 * <li>Unknown fields are skipped. A new field is one whose absence has a meaning.</li>
 * <li>An unknown message type is a {@link Message.Unknown}, its payload is skipped.</li>
 * <li>An unknown reason of REFUSED reads as VERSION, with the code in the detail. Every
 * generation must understand that it was refused; as garbage it would be answered with
 * ABORT, as BUSY or NOT_READY it would be asked again, and refuse again.</li>
 * <li>Any other unknown code makes the frame malformed: a listener of a new kind is
 * offered only to a successor with a capability for it.</li>
 * <li>A manifest has at most 4,096 entries, and must fit into the payload: 4,096 of 250
 * bytes each do, or 1,000 with the longest name and address in ASCII.</li>
 * </ul>
 */
public final class FrameCodec {

	/**
	 * The most bytes that a payload can have.
	 */
	public static final int MAX_PAYLOAD = 1024 * 1024;

	/**
	 * The longest payload of the first frame of a dialler, in bytes: a HELLO or a REQUEST
	 * is much shorter.
	 */
	public static final int MAX_FIRST_PAYLOAD = 16 * 1024;

	/**
	 * The most entries that a manifest can have.
	 */
	public static final int MAX_ENTRIES = 4096;

	/**
	 * The most UTF-16 units of a name, an id or an application's version.
	 */
	public static final int MAX_NAME_LENGTH = 255;

	/**
	 * The most UTF-16 units of an address.
	 */
	public static final int MAX_ADDRESS_LENGTH = 512;

	/**
	 * The most UTF-16 units of an answer to an operator.
	 */
	public static final int MAX_TEXT_LENGTH = 256 * 1024;

	static final int MAX_DETAIL_LENGTH = 4096;

	static final Duration MAX_DURATION = Duration.ofDays(365);

	private static final List<FrameForm<?>> FORMS = Stream.concat(OperatorForms.ALL.stream(), Stream.<FrameForm<?>>of(
			new FrameForm<>(1, "HELLO", Hello.class, FrameCodec::writeHello, FrameCodec::readHello),
			new FrameForm<>(2, "REFUSED", Refused.class, FrameCodec::writeRefused, FrameCodec::readRefused),
			new FrameForm<>(3, "OFFER", Offer.class, FrameCodec::writeOffer, FrameCodec::readOffer),
			new FrameForm<>(4, "DESCRIPTORS", Descriptors.class,
					(fields, message) -> fields.number(FieldTag.COUNT, message.count()),
					(fields) -> new Descriptors(fields.number(FieldTag.COUNT))),
			new FrameForm<>(5, "ADOPTED", Adopted.class, FrameCodec::writeNothing, (fields) -> new Adopted()),
			new FrameForm<>(6, "READY", Ready.class, (fields, message) -> fields.flag(FieldTag.HOLD, message.hold()),
					(fields) -> new Ready(fields.flag(FieldTag.HOLD))),
			new FrameForm<>(7, "RELEASED", Released.class,
					(fields, message) -> fields.duration(FieldTag.WINDOW, message.window()),
					(fields) -> new Released(fields.duration(FieldTag.WINDOW))),
			new FrameForm<>(8, "SERVING", Serving.class, FrameCodec::writeNothing, (fields) -> new Serving()),
			new FrameForm<>(9, "CONFIRMED", Confirmed.class, FrameCodec::writeConfirmed, FrameCodec::readConfirmed),
			new FrameForm<>(10, "RECLAIM", Reclaim.class, (fields, message) -> writeDetail(fields, message.reason()),
					(fields) -> new Reclaim(readDetail(fields))),
			new FrameForm<>(11, "RECLAIMED", Reclaimed.class,
					(fields, message) -> writeDetail(fields, message.reason()),
					(fields) -> new Reclaimed(readDetail(fields))),
			new FrameForm<>(12, "CLOSED", Closed.class, FrameCodec::writeNothing, (fields) -> new Closed()),
			new FrameForm<>(13, "PROGRESS", Progress.class,
					(fields, message) -> fields.number(FieldTag.REMAINING, message.remaining()),
					(fields) -> new Progress(fields.number(FieldTag.REMAINING))),
			new FrameForm<>(14, "GONE", Gone.class, FrameCodec::writeNothing, (fields) -> new Gone()),
			new FrameForm<>(15, "ABORT", Abort.class, (fields, message) -> writeDetail(fields, message.reason()),
					(fields) -> new Abort(readDetail(fields))),
			new FrameForm<>(16, "UNRECOGNIZED", Unrecognized.class,
					(fields, message) -> fields.code(FieldTag.TYPE, message.type()),
					(fields) -> new Unrecognized(fields.code(FieldTag.TYPE)))))
		.toList();

	private FrameCodec() {
	}

	/**
	 * Makes one frame of a message. The end of a detail that is too long is cut off.
	 * @param message the message
	 * @return a new buffer with the frame, ready to be read
	 * @throws IllegalArgumentException if the message cannot be sent: a value is negative
	 * or too long, the manifest has too many entries, or it is a {@link Message.Unknown}
	 */
	public static ByteBuffer encode(Message message) {
		for (FrameForm<?> form : FORMS) {
			if (form.message().isInstance(message)) {
				return form.encode(message);
			}
		}
		throw new IllegalArgumentException("Message is never sent: " + message);
	}

	static Message decode(int type, ByteBuffer payload) throws MalformedFrameException {
		for (FrameForm<?> form : FORMS) {
			if (form.type() == type) {
				return form.decode(payload);
			}
		}
		return new Message.Unknown(type);
	}

	private static void writeHello(FieldWriter fields, Hello hello) {
		fields.number(FieldTag.LOWEST_VERSION, hello.lowestVersion());
		fields.number(FieldTag.HIGHEST_VERSION, hello.highestVersion());
		fields.bits(FieldTag.CAPABILITIES, hello.capabilities());
		fields.longNumber(FieldTag.PID, hello.pid());
		writeName(fields, FieldTag.INSTANCE_ID, hello.instanceId());
		writeName(fields, FieldTag.APPLICATION, hello.application());
		writeName(fields, FieldTag.APPLICATION_VERSION, hello.applicationVersion());
		writeName(fields, FieldTag.NETWORK_NAMESPACE, hello.networkNamespace());
	}

	private static Hello readHello(FieldReader fields) throws MalformedFrameException {
		return new Hello(fields.number(FieldTag.LOWEST_VERSION), fields.number(FieldTag.HIGHEST_VERSION),
				fields.bits(FieldTag.CAPABILITIES), fields.longNumber(FieldTag.PID),
				readName(fields, FieldTag.INSTANCE_ID), readName(fields, FieldTag.APPLICATION),
				readName(fields, FieldTag.APPLICATION_VERSION), readName(fields, FieldTag.NETWORK_NAMESPACE));
	}

	private static void writeRefused(FieldWriter fields, Refused refused) {
		fields.code(FieldTag.REASON, refused.reason().code());
		writeDetail(fields, refused.detail());
		Duration retryAfter = refused.retryAfter();
		if (retryAfter != null) {
			fields.duration(FieldTag.RETRY_AFTER, retryAfter);
		}
	}

	private static Refused readRefused(FieldReader fields) throws MalformedFrameException {
		int code = fields.code(FieldTag.REASON);
		String detail = readDetail(fields);
		Duration retryAfter = fields.optionalDuration(FieldTag.RETRY_AFTER);
		for (Refused.Reason reason : Refused.Reason.values()) {
			if (reason.code() == code) {
				return new Refused(reason, detail, retryAfter);
			}
		}
		return new Refused(Refused.Reason.VERSION, "%s (unknown reason %d)".formatted(detail, code), retryAfter);
	}

	private static void writeConfirmed(FieldWriter fields, Confirmed confirmed) {
		if (!confirmed.reason().isEmpty()) {
			writeDetail(fields, confirmed.reason());
		}
	}

	private static Confirmed readConfirmed(FieldReader fields) throws MalformedFrameException {
		return new Confirmed(fields.has(FieldTag.DETAIL) ? readDetail(fields) : "");
	}

	private static void writeOffer(FieldWriter fields, Offer offer) {
		List<Offer.Entry> manifest = offer.manifest();
		if (manifest.size() > MAX_ENTRIES) {
			throw new IllegalArgumentException("OFFER cannot be sent: its manifest has %d entries, more than %d"
				.formatted(manifest.size(), MAX_ENTRIES));
		}
		fields.number(FieldTag.VERSION, offer.version());
		fields.bits(FieldTag.CAPABILITIES, offer.capabilities());
		fields.number(FieldTag.GENERATION, offer.generation());
		fields.longNumber(FieldTag.PID, offer.pid());
		writeName(fields, FieldTag.INSTANCE_ID, offer.instanceId());
		writeName(fields, FieldTag.APPLICATION_VERSION, offer.applicationVersion());
		for (Offer.Entry entry : manifest) {
			FieldWriter nested = new FieldWriter();
			writeName(nested, FieldTag.NAME, entry.name());
			nested.code(FieldTag.KIND, entry.kind().code());
			nested.text(FieldTag.ADDRESS, entry.address(), MAX_ADDRESS_LENGTH);
			nested.longNumber(FieldTag.INODE, entry.inode());
			if (entry.kind().isFile()) {
				nested.longNumber(FieldTag.DEVICE, entry.device());
			}
			fields.bytes(FieldTag.ENTRY, nested.payload());
		}
	}

	private static Offer readOffer(FieldReader fields) throws MalformedFrameException {
		List<Offer.Entry> manifest = new ArrayList<>();
		for (ByteBuffer entry : fields.all(FieldTag.ENTRY)) {
			manifest.add(readEntry(new FieldReader("OFFER's manifest entry " + manifest.size(), entry)));
		}
		return new Offer(fields.number(FieldTag.VERSION), fields.bits(FieldTag.CAPABILITIES),
				fields.number(FieldTag.GENERATION), fields.longNumber(FieldTag.PID),
				readName(fields, FieldTag.INSTANCE_ID), readName(fields, FieldTag.APPLICATION_VERSION), manifest);
	}

	private static Offer.Entry readEntry(FieldReader fields) throws MalformedFrameException {
		return new Offer.Entry(readName(fields, FieldTag.NAME), readKind(fields),
				fields.text(FieldTag.ADDRESS, MAX_ADDRESS_LENGTH), fields.longNumber(FieldTag.INODE),
				fields.has(FieldTag.DEVICE) ? fields.longNumber(FieldTag.DEVICE) : 0);
	}

	private static Offer.Kind readKind(FieldReader fields) throws MalformedFrameException {
		int code = fields.code(FieldTag.KIND);
		for (Offer.Kind kind : Offer.Kind.values()) {
			if (kind.code() == code) {
				return kind;
			}
		}
		throw fields.malformed("has an unknown kind: %d".formatted(code));
	}

	private static void writeName(FieldWriter fields, FieldTag tag, String name) {
		fields.text(tag, name, MAX_NAME_LENGTH);
	}

	private static String readName(FieldReader fields, FieldTag tag) throws MalformedFrameException {
		return fields.line(tag, MAX_NAME_LENGTH);
	}

	private static void writeDetail(FieldWriter fields, String detail) {
		fields.cutText(FieldTag.DETAIL, detail, MAX_DETAIL_LENGTH);
	}

	private static String readDetail(FieldReader fields) throws MalformedFrameException {
		return fields.line(FieldTag.DETAIL, MAX_DETAIL_LENGTH);
	}

	private static void writeNothing(FieldWriter fields, Message message) {
	}

}
