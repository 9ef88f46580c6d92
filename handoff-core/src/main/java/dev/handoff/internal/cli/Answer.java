package dev.handoff.internal.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffStatus;
import dev.handoff.internal.protocol.Message;
import org.jspecify.annotations.Nullable;

/**
 * Answers as trees of names and values, which are printed as text or as JSON.
 */
final class Answer {

	private Answer() {
	}

	static Map<String, @Nullable Object> of(CommandResult result) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("verdict", result.verdict());
		tree.put("detail", result.detail());
		tree.put("handoff", result.handoff());
		return tree;
	}

	static Map<String, @Nullable Object> of(Message.Status message) {
		HandoffStatus status = message.status();
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("application", message.application());
		tree.put("version", message.applicationVersion());
		tree.put("state", status.state());
		tree.put("generation", status.generation());
		tree.put("instance", status.instanceId());
		tree.put("pid", status.pid());
		tree.put("listeners", status.listeners().stream().map(Answer::listener).toList());
		tree.put("connections", status.connections());
		tree.put("predecessor", predecessor(status.predecessor()));
		tree.put("successor", successor(status.successor()));
		tree.put("handoff", status.currentHandoff());
		tree.put("history", status.history().stream().map(Answer::of).toList());
		return tree;
	}

	static Map<String, @Nullable Object> of(HandoffReport report) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("handoff", report.id());
		tree.put("role", report.role());
		tree.put("peerPid", report.peerPid());
		tree.put("peerInstance", report.peerInstanceId());
		tree.put("generation", report.generation());
		tree.put("start", report.start());
		Map<String, @Nullable Object> steps = new LinkedHashMap<>();
		report.steps().forEach((step, duration) -> steps.put(step.name(), duration.toNanos() / 1e9));
		tree.put("stepSeconds", steps);
		tree.put("descriptors", report.descriptorsMoved());
		tree.put("waitingAtRelease", report.waitingAtRelease());
		tree.put("outcome", report.outcome());
		tree.put("reason", report.reason());
		tree.put("forceClosed", report.forceClosed());
		return tree;
	}

	private static Map<String, @Nullable Object> listener(HandoffStatus.ListenerStatus listener) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("name", listener.name());
		tree.put("address", listener.address());
		tree.put("origin", listener.origin());
		tree.put("accepted", listener.acceptedCount());
		tree.put("gateOpen", listener.gateOpen());
		return tree;
	}

	private static @Nullable Map<String, @Nullable Object> predecessor(HandoffStatus.@Nullable Predecessor peer) {
		if (peer == null) {
			return null;
		}
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("pid", peer.pid());
		tree.put("instance", peer.instanceId());
		tree.put("remaining", peer.remaining());
		return tree;
	}

	private static @Nullable Map<String, @Nullable Object> successor(HandoffStatus.@Nullable Successor peer) {
		if (peer == null) {
			return null;
		}
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("pid", peer.pid());
		tree.put("instance", peer.instanceId());
		tree.put("phase", peer.phase());
		return tree;
	}

	/**
	 * Returns one line for each name; what is not known or empty is left out.
	 */
	static String text(Map<String, @Nullable Object> tree) {
		List<String> lines = new ArrayList<>();
		tree.forEach((name, value) -> {
			if (value instanceof List<?> list) {
				list.forEach((item) -> lines.add(name + ": " + inline(item)));
			}
			else if (value != null && !inline(value).isEmpty()) {
				lines.add(name + ": " + inline(value));
			}
		});
		return String.join(System.lineSeparator(), lines);
	}

	private static String inline(@Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			List<String> parts = new ArrayList<>();
			map.forEach((name, item) -> {
				if (item != null && !inline(item).isEmpty()) {
					parts.add(name + " " + inline(item));
				}
			});
			return String.join(", ", parts);
		}
		// What a peer sent must not steer the terminal.
		return String.valueOf(value).replaceAll("\\p{Cntrl}", "?");
	}

}
