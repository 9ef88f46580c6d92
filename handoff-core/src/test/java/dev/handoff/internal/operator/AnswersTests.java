package dev.handoff.internal.operator;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Step;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.HandoffStatus.ListenerStatus;
import dev.handoff.HandoffStatus.SuccessorPhase;
import dev.handoff.Listener.Origin;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Request.Format;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Answers}: what scripts and people read.
 */
class AnswersTests {

	private static final HandoffOptions OPTIONS = HandoffOptions.forApplication("shop").version("1.4").build();

	@Test
	void aStatusAsText() {
		assertThat(Answers.status(OPTIONS, status(), Format.TEXT).text().lines()).containsExactly("application: shop",
				"version: 1.4", "state: OBSERVING", "generation: 3", "instance: aa", "pid: 7",
				"started: " + ProcessHandle.current().info().startInstant().orElseThrow(),
				"listeners: name http, address [::1]:80, origin INHERITED, accepted 900, gateOpen false",
				"connections: 40", "predecessor: pid 6, instance 99, version 1.3, remaining 12",
				"successor: pid 8, instance bb, phase OBSERVED", "handoff: aa-bb",
				"history: handoff aa-b0, role PREDECESSOR, peerPid 5, peerInstance b0, version 1.4, peerVersion 1.5, generation 4, start 2023-11-14T22:13:20Z, stepSeconds OFFER 0.001, DRAIN 2.0, descriptors 2, waitingAtRelease 17, outcome PEER_DIED, reason gone, forceClosed request 1");
	}

	@Test
	void aStatusAsJson() {
		Message.Status answer = Answers.status(OPTIONS, status(), Format.JSON);
		assertThat(answer.text()).startsWith("{\"application\":\"shop\",\"version\":\"1.4\",\"state\":\"OBSERVING\"")
			.contains("\"listeners\":[{\"name\":\"http\",\"address\":\"[::1]:80\"", "\"remaining\":12",
					"\"accepted\":900,\"gateOpen\":false",
					"\"successor\":{\"pid\":8,\"instance\":\"bb\",\"version\":\"\",\"phase\":\"OBSERVED\"}",
					"\"forceClosed\":{\"request\":1}");
		assertThat(answer.state()).isEqualTo(HandoffState.OBSERVING);
		assertThat(answer.generation()).isEqualTo(3);
		assertThat(answer.instanceId()).isEqualTo("aa");
	}

	@Test
	void aReportAndAResult() {
		Message.Report report = Answers.report(report(), Format.TEXT);
		assertThat(report.outcome()).isEqualTo(HandoffReport.Outcome.PEER_DIED);
		assertThat(report.text().lines()).contains("outcome: PEER_DIED", "reason: gone");
		Message.Result result = Answers.result(new CommandResult(CommandResult.Verdict.BUSY, "a \"handoff\"", null),
				Format.JSON);
		assertThat(result).isEqualTo(new Message.Result(CommandResult.Verdict.BUSY,
				"{\"verdict\":\"BUSY\",\"detail\":\"a \\\"handoff\\\"\",\"handoff\":null}"));
	}

	@Test
	void aStatusOfTooManyListenersIsCutSoThatItCanBeSent() {
		ListenerStatus listener = new ListenerStatus("n".repeat(255), "/" + "a".repeat(500), Origin.BOUND, 1, true);
		HandoffStatus status = new HandoffStatus(HandoffState.SERVING, 0, "aa", 7, Collections.nCopies(4000, listener),
				0, null, null, null, List.of(report()), null);
		for (Format format : Format.values()) {
			Message.Status answer = Answers.status(OPTIONS, status, format);
			assertThat(answer.text().length()).isBetween(FrameCodec.MAX_TEXT_LENGTH / 4, FrameCodec.MAX_TEXT_LENGTH);
			assertThat(answer.text()).contains("PEER_DIED");
			assertThat(FrameCodec.encode(answer).remaining()).isPositive();
		}
	}

	private static HandoffStatus status() {
		return new HandoffStatus(HandoffState.OBSERVING, 3, "aa", 7,
				List.of(new ListenerStatus("http", "[::1]:80", Origin.INHERITED, 900, false)), 40,
				new HandoffStatus.Predecessor(6, "99", "1.3", 12),
				new HandoffStatus.Successor(8, "bb", "", SuccessorPhase.OBSERVED), "aa-bb", List.of(report()), null);
	}

	private static HandoffReport report() {
		return new HandoffReport("aa-b0", HandoffReport.Role.PREDECESSOR, 5, "b0", "1.4", "1.5", 4,
				Instant.ofEpochMilli(1_700_000_000_000L),
				Map.of(Step.OFFER, Duration.ofMillis(1), Step.DRAIN, Duration.ofSeconds(2)), 2, 17,
				HandoffReport.Outcome.PEER_DIED, "gone", Map.of("request", 1));
	}

}
