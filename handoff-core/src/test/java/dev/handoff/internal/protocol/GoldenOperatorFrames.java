package dev.handoff.internal.protocol;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Step;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.HandoffStatus.ListenerStatus;
import dev.handoff.HandoffStatus.SuccessorPhase;
import dev.handoff.Listener.Origin;

/**
 * What operators and a process say, for {@link GoldenFrames}.
 */
final class GoldenOperatorFrames {

	private GoldenOperatorFrames() {
	}

	static Map<String, Message> messages() {
		Map<String, Message> messages = new LinkedHashMap<>();
		messages.put("REQUEST", new Message.Request(1, 1, Message.Request.Command.WAIT, "aa-bb"));
		messages.put("RESULT",
				new Message.Result(new CommandResult(CommandResult.Verdict.TOO_LATE, "given up", "aa-bb")));
		messages.put("RESULT without handoff",
				new Message.Result(new CommandResult(CommandResult.Verdict.NOT_CONFIGURED, "no", null)));
		messages.put("STATUS", new Message.Status("shop", "1.4", status()));
		messages.put("STATUS of a lone process", new Message.Status("shop", "",
				new HandoffStatus(HandoffState.SERVING, 0, "aa", 7, List.of(), 0, null, null, null, List.of())));
		messages.put("REPORT", new Message.Report(report()));
		return messages;
	}

	private static HandoffStatus status() {
		return new HandoffStatus(HandoffState.OBSERVING, 3, "aa", 7,
				List.of(new ListenerStatus("http", "[::1]:80", Origin.INHERITED, 900, false),
						new ListenerStatus("b", "/b", Origin.ACTIVATED, 0, true)),
				40, new HandoffStatus.Predecessor(6, "99", 12),
				new HandoffStatus.Successor(8, "bb", SuccessorPhase.OBSERVED), "aa-bb",
				List.of(report(), new HandoffReport("99-aa", HandoffReport.Role.SUCCESSOR, 6, "99", 3,
						Instant.ofEpochMilli(0), Map.of(), 2, null, HandoffReport.Outcome.COMPLETED, "", Map.of())));
	}

	private static HandoffReport report() {
		return new HandoffReport("aa-b0", HandoffReport.Role.PREDECESSOR, 5, "b0", 4,
				Instant.ofEpochMilli(1_700_000_000_000L),
				Map.of(Step.OFFER, Duration.ofMillis(1), Step.DRAIN, Duration.ofSeconds(2)), 2, 17,
				HandoffReport.Outcome.PEER_DIED, "gone", Map.of("request", 1));
	}

}
