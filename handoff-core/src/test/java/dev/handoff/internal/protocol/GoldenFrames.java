package dev.handoff.internal.protocol;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.internal.protocol.Message.Offer.Entry;
import dev.handoff.internal.protocol.Message.Offer.Kind;
import dev.handoff.internal.protocol.Message.Refused.Reason;
import dev.handoff.internal.protocol.Message.Request;

/**
 * The frames of {@code golden-frames.txt} and the messages that they are.
 */
final class GoldenFrames {

	private static final Map<String, String> HEX = load();

	private GoldenFrames() {
	}

	static byte[] bytes(String name) {
		return HexFormat.of().parseHex(Objects.requireNonNull(HEX.get(name), name));
	}

	static Map<String, Message> messages() {
		Map<String, Message> messages = new LinkedHashMap<>();
		messages.put("HELLO", hello());
		messages.put("REFUSED",
				new Message.Refused(Reason.BUSY, "handoff to pid 12 \u2014 under way", Duration.ofMillis(2500)));
		messages.put("REFUSED for good", new Message.Refused(Reason.OTHER_APPLICATION, "billing", null));
		messages.put("OFFER", new Message.Offer(1, 0, 7, 4242, "c0de", "1.4.2",
				List.of(new Entry("", Kind.CONTROL, "/run/a.sock", 900), new Entry("http", Kind.TCP, "[::1]:8080", 901),
						new Entry("local", Kind.UNIX, "/run/b.sock", 902),
						new Entry("quic", Kind.UDP, "0.0.0.0:443", 1L << 32))));
		messages.put("OFFER with files",
				new Message.Offer(1, Capabilities.FILES, 7, 4242, "c0de", "1.4.2",
						List.of(new Entry("", Kind.CONTROL, "/run/a.sock", 900),
								new Entry("log", Kind.APPEND_FILE, "/var/log/a", 901, 64768),
								new Entry("in", Kind.PIPE, "/run/a.in", 902, 24))));
		messages.put("DESCRIPTORS", new Message.Descriptors(60));
		messages.put("ADOPTED", new Message.Adopted());
		messages.put("READY", new Message.Ready(false));
		messages.put("READY with hold", new Message.Ready(true));
		messages.put("RELEASED", new Message.Released(Duration.ofSeconds(10)));
		messages.put("SERVING", new Message.Serving());
		messages.put("CONFIRMED", new Message.Confirmed(""));
		messages.put("CONFIRMED with its reason", new Message.Confirmed("the observation window of 3 s is over"));
		messages.put("RECLAIM", new Message.Reclaim("asked by operator"));
		messages.put("RECLAIMED", new Message.Reclaimed("no SERVING within PT5S"));
		messages.put("CLOSED", new Message.Closed());
		messages.put("PROGRESS", new Message.Progress(300));
		messages.put("GONE", new Message.Gone());
		messages.put("ABORT", new Message.Abort("inode 901 is not 902"));
		messages.put("UNRECOGNIZED", new Message.Unrecognized(200));
		messages.put("REQUEST", new Message.Request(1, 1, Request.Operation.WAIT, "aa-bb", Request.Format.JSON));
		messages.put("RESULT", new Message.Result(CommandResult.Verdict.TOO_LATE, "detail: given up"));
		messages.put("STATUS", new Message.Status(HandoffState.OBSERVING, 3, "aa", "state: \"\u2026\""));
		messages.put("REPORT", new Message.Report(HandoffReport.Outcome.PEER_DIED, "{}"));
		return messages;
	}

	static Map<String, Message> messagesOfNewerGenerations() {
		Map<String, Message> messages = new LinkedHashMap<>();
		messages.put("HELLO of a newer generation", hello());
		messages.put("OFFER of a newer generation", new Message.Offer(1, 0, 7, 4242, "c0de", "1.4.2",
				List.of(new Entry("http", Kind.TCP, "[::1]:8080", 901))));
		messages.put("REFUSED for a reason of a newer generation",
				new Message.Refused(Reason.VERSION, "on holiday (unknown reason 77)", Duration.ofSeconds(1)));
		messages.put("message of a newer generation", new Message.Unknown(200));
		return messages;
	}

	private static Message.Hello hello() {
		return new Message.Hello(1, 3, 0x8000000000000005L, 4711, "7f3a", "shop", "1.4.2", "net:[4026531840]");
	}

	private static Map<String, String> load() {
		Map<String, String> frames = new LinkedHashMap<>();
		String name = "";
		for (String line : read().lines().toList()) {
			String text = line.replaceAll("#.*", "").strip();
			if (text.startsWith("[")) {
				name = text.substring(1, text.length() - 1);
			}
			else if (!text.isEmpty()) {
				frames.merge(name, text.replace(" ", ""), String::concat);
			}
		}
		return frames;
	}

	private static String read() {
		try (InputStream stream = GoldenFrames.class.getResourceAsStream("golden-frames.txt")) {
			return new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
