package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Refused;

/**
 * The binary form of {@link Message messages}. All numbers are big-endian.
 * <p>
 * A frame is a header of 12 bytes and a payload of fields:
 * <table>
 * <caption>Header</caption>
 * <tr>
 * <th>bytes</th>
 * <th>content</th>
 * </tr>
 * <tr>
 * <td>4</td>
 * <td>magic, {@code HOFF}</td>
 * </tr>
 * <tr>
 * <td>1</td>
 * <td>frame format, 1</td>
 * </tr>
 * <tr>
 * <td>1</td>
 * <td>message type</td>
 * </tr>
 * <tr>
 * <td>2</td>
 * <td>flags, 0 when sent, ignored when read</td>
 * </tr>
 * <tr>
 * <td>4</td>
 * <td>length of the payload, at most 1 MiB</td>
 * </tr>
 * </table>
 * A field is a tag (2 bytes), a length (4 bytes) and a value. Unknown fields are skipped.
 * Numbers are u32 or u64, text is UTF-8, durations are milliseconds as u64.
 * <table>
 * <caption>Messages</caption>
 * <tr>
 * <th>type</th>
 * <th>message</th>
 * <th>fields by tag</th>
 * </tr>
 * <tr>
 * <td>1</td>
 * <td>HELLO</td>
 * <td>1 lowest version u32, 2 highest version u32, 3 capabilities u64, 4 pid u64, 5
 * instance id, 6 application, 7 application version, 8 network namespace</td>
 * </tr>
 * <tr>
 * <td>2</td>
 * <td>REFUSED</td>
 * <td>1 reason u32, 2 detail, 3 retry after (optional)</td>
 * </tr>
 * <tr>
 * <td>3</td>
 * <td>OFFER</td>
 * <td>1 version u32, 2 capabilities u64, 3 generation u32, 4 pid u64, 5 instance id, 6
 * network namespace, 7 listener (repeated; fields 1 name, 2 kind u32, 3 address, 4 inode
 * u64)</td>
 * </tr>
 * <tr>
 * <td>4</td>
 * <td>DESCRIPTORS</td>
 * <td>1 count u32; the descriptors travel with the frame's first byte</td>
 * </tr>
 * <tr>
 * <td>5</td>
 * <td>ADOPTED</td>
 * <td></td>
 * </tr>
 * <tr>
 * <td>6</td>
 * <td>READY</td>
 * <td>1 hold u32, 0 or 1</td>
 * </tr>
 * <tr>
 * <td>7</td>
 * <td>RELEASED</td>
 * <td>1 observation window</td>
 * </tr>
 * <tr>
 * <td>8</td>
 * <td>SERVING</td>
 * <td></td>
 * </tr>
 * <tr>
 * <td>9</td>
 * <td>CONFIRMED</td>
 * <td></td>
 * </tr>
 * <tr>
 * <td>10</td>
 * <td>RECLAIM</td>
 * <td>1 reason</td>
 * </tr>
 * <tr>
 * <td>11</td>
 * <td>RECLAIMED</td>
 * <td>1 reason</td>
 * </tr>
 * <tr>
 * <td>12</td>
 * <td>CLOSED</td>
 * <td></td>
 * </tr>
 * <tr>
 * <td>13</td>
 * <td>PROGRESS</td>
 * <td>1 remaining u32</td>
 * </tr>
 * <tr>
 * <td>14</td>
 * <td>GONE</td>
 * <td></td>
 * </tr>
 * <tr>
 * <td>15</td>
 * <td>ABORT</td>
 * <td>1 reason</td>
 * </tr>
 * <tr>
 * <td>16</td>
 * <td>UNRECOGNIZED</td>
 * <td>1 type u32</td>
 * </tr>
 * </table>
 */
public final class FrameCodec {

	static final int MAGIC = 0x484f4646;

	static final byte FORMAT = 1;

	static final int HEADER_SIZE = 12;

	static final int MAX_PAYLOAD = 1 << 20;

	/**
	 * How many listeners an offer may have.
	 */
	public static final int MAX_LISTENERS = 4096;

	private static final int MAX_NAME = 1024;

	private static final int MAX_DETAIL = 4096;

	private FrameCodec() {
	}

	/**
	 * Returns a message's frame.
	 * @param message the message
	 * @return a buffer that holds the frame, ready to be read
	 * @throws IllegalArgumentException if it is too large for a frame
	 */
	public static ByteBuffer encode(Message message) {
		FieldWriter fields = new FieldWriter();
		int type = write(message, fields);
		byte[] payload = fields.toByteArray();
		if (payload.length > MAX_PAYLOAD) {
			throw new IllegalArgumentException(
					"A payload of %d bytes is over the bound of %d".formatted(payload.length, MAX_PAYLOAD));
		}
		return ByteBuffer.allocate(HEADER_SIZE + payload.length)
			.putInt(MAGIC)
			.put(FORMAT)
			.put((byte) type)
			.putShort((short) 0)
			.putInt(payload.length)
			.put(payload)
			.flip();
	}

	private static int write(Message message, FieldWriter fields) {
		if (message instanceof Message.Hello hello) {
			fields.u32(1, hello.lowestVersion())
				.u32(2, hello.highestVersion())
				.u64(3, hello.capabilities())
				.u64(4, hello.pid())
				.text(5, hello.instanceId())
				.text(6, hello.application())
				.text(7, hello.applicationVersion())
				.text(8, hello.networkNamespace());
			return 1;
		}
		if (message instanceof Refused refused) {
			fields.u32(1, refused.reason().code()).text(2, cut(refused.detail()));
			if (refused.retryAfter() != null) {
				fields.u64(3, refused.retryAfter().toMillis());
			}
			return 2;
		}
		if (message instanceof Offer offer) {
			write(offer, fields);
			return 3;
		}
		if (message instanceof Message.Descriptors descriptors) {
			fields.u32(1, descriptors.count());
			return 4;
		}
		if (message instanceof Message.Adopted) {
			return 5;
		}
		if (message instanceof Message.Ready ready) {
			fields.u32(1, ready.hold() ? 1 : 0);
			return 6;
		}
		if (message instanceof Message.Released released) {
			fields.u64(1, released.window().toMillis());
			return 7;
		}
		if (message instanceof Message.Serving) {
			return 8;
		}
		if (message instanceof Message.Confirmed) {
			return 9;
		}
		if (message instanceof Message.Reclaim reclaim) {
			fields.text(1, cut(reclaim.reason()));
			return 10;
		}
		if (message instanceof Message.Reclaimed reclaimed) {
			fields.text(1, cut(reclaimed.reason()));
			return 11;
		}
		if (message instanceof Message.Closed) {
			return 12;
		}
		if (message instanceof Message.Progress progress) {
			fields.u32(1, progress.remaining());
			return 13;
		}
		if (message instanceof Message.Gone) {
			return 14;
		}
		if (message instanceof Message.Abort abort) {
			fields.text(1, cut(abort.reason()));
			return 15;
		}
		if (message instanceof Message.Unrecognized unrecognized) {
			fields.u32(1, unrecognized.type());
			return 16;
		}
		throw new IllegalArgumentException("Never sent: " + message);
	}

	private static void write(Offer offer, FieldWriter fields) {
		if (offer.manifest().size() > MAX_LISTENERS) {
			throw new IllegalArgumentException("%d listeners are more than an offer can have, %d"
				.formatted(offer.manifest().size(), MAX_LISTENERS));
		}
		fields.u32(1, offer.version())
			.u64(2, offer.capabilities())
			.u32(3, offer.generation())
			.u64(4, offer.pid())
			.text(5, offer.instanceId())
			.text(6, offer.networkNamespace());
		for (Offer.Entry entry : offer.manifest()) {
			fields.nested(7,
					new FieldWriter().text(1, entry.name())
						.u32(2, entry.kind().code())
						.text(3, entry.address())
						.u64(4, entry.inode()));
		}
	}

	// A reason is for people: better cut than not sent.
	private static String cut(String detail) {
		return (detail.getBytes(StandardCharsets.UTF_8).length <= MAX_DETAIL) ? detail
				: detail.substring(0, MAX_DETAIL / 4) + "…";
	}

	static Message decode(int type, ByteBuffer payload) throws MalformedFrameException {
		FieldReader fields = new FieldReader("message of type " + type, payload);
		return switch (type) {
			case 1 ->
				new Message.Hello(fields.u32(1), fields.u32(2), fields.u64(3), fields.u64(4), fields.text(5, MAX_NAME),
						fields.text(6, MAX_NAME), fields.text(7, MAX_NAME), fields.text(8, MAX_NAME));
			case 2 -> new Refused(reason(fields.u32(1)), fields.text(2, MAX_DETAIL),
					fields.has(3) ? duration(fields, 3) : null);
			case 3 -> new Offer(fields.u32(1), fields.u64(2), fields.u32(3), fields.u64(4), fields.text(5, MAX_NAME),
					fields.text(6, MAX_NAME), manifest(fields.repeated(7)));
			case 4 -> new Message.Descriptors(fields.u32(1));
			case 5 -> new Message.Adopted();
			case 6 -> new Message.Ready(fields.u32(1) != 0);
			case 7 -> new Message.Released(duration(fields, 1));
			case 8 -> new Message.Serving();
			case 9 -> new Message.Confirmed();
			case 10 -> new Message.Reclaim(fields.text(1, MAX_DETAIL));
			case 11 -> new Message.Reclaimed(fields.text(1, MAX_DETAIL));
			case 12 -> new Message.Closed();
			case 13 -> new Message.Progress(fields.u32(1));
			case 14 -> new Message.Gone();
			case 15 -> new Message.Abort(fields.text(1, MAX_DETAIL));
			case 16 -> new Message.Unrecognized(fields.u32(1));
			default -> new Message.Unknown(type);
		};
	}

	private static List<Offer.Entry> manifest(List<ByteBuffer> entries) throws MalformedFrameException {
		if (entries.size() > MAX_LISTENERS) {
			throw new MalformedFrameException(
					"an offer of %d listeners, at most %d are allowed".formatted(entries.size(), MAX_LISTENERS));
		}
		List<Offer.Entry> manifest = new ArrayList<>(entries.size());
		for (ByteBuffer entry : entries) {
			FieldReader fields = new FieldReader("listener " + manifest.size(), entry.duplicate());
			manifest.add(new Offer.Entry(fields.text(1, MAX_NAME), kind(fields, fields.u32(2)),
					fields.text(3, MAX_NAME), fields.u64(4)));
		}
		return manifest;
	}

	// A listener of an unknown kind could not be verified, so the whole offer is
	// unusable.
	private static Offer.Kind kind(FieldReader fields, int code) throws MalformedFrameException {
		for (Offer.Kind kind : Offer.Kind.values()) {
			if (kind.code() == code) {
				return kind;
			}
		}
		throw fields.malformed("unknown kind " + code);
	}

	// A newer generation may refuse for reasons of its own; the detail says which.
	private static Refused.Reason reason(int code) {
		for (Refused.Reason reason : Refused.Reason.values()) {
			if (reason.code() == code) {
				return reason;
			}
		}
		return Refused.Reason.FORBIDDEN;
	}

	private static Duration duration(FieldReader fields, int tag) throws MalformedFrameException {
		long millis = fields.u64(tag);
		if (millis < 0 || millis > Duration.ofDays(366).toMillis()) {
			throw fields.malformed("field %d is %s ms, over the bound".formatted(tag, Long.toUnsignedString(millis)));
		}
		return Duration.ofMillis(millis);
	}

}
