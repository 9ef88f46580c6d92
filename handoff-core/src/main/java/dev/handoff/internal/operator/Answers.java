package dev.handoff.internal.operator;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffStatus;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.text.Json;
import dev.handoff.internal.text.Outline;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers to operators as text or JSON. Stateless and thread-safe.
 */
final class Answers {

	// By which a process is known from another one that has its number.
	private static final @Nullable Instant STARTED = ProcessHandle.current().info().startInstant().orElse(null);

	private Answers() {
	}

	static Message.Result result(CommandResult result, Request.Format format) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("verdict", result.verdict());
		tree.put("detail", result.detail());
		tree.put("handoff", result.handoff());
		return new Message.Result(result.verdict(), write(tree, format));
	}

	static Message.Report report(HandoffReport report, Request.Format format) {
		return new Message.Report(report.outcome(), write(tree(report), format));
	}

	/**
	 * Returns a status, with as many listeners as fit into one answer.
	 */
	static Message.Status status(HandoffOptions options, HandoffStatus status, Request.Format format) {
		int listeners = status.listeners().size();
		String text = write(tree(options, status, listeners), format);
		while (text.length() > FrameCodec.MAX_TEXT_LENGTH && listeners > 0) {
			listeners /= 2;
			text = write(tree(options, status, listeners), format);
		}
		return new Message.Status(status.state(), status.generation(), status.instanceId(), text);
	}

	private static String write(Map<String, @Nullable Object> tree, Request.Format format) {
		return (format == Request.Format.JSON) ? Json.text(tree) : Outline.text(tree);
	}

	private static Map<String, @Nullable Object> tree(HandoffOptions options, HandoffStatus status, int listeners) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("application", options.application());
		tree.put("version", options.version());
		tree.put("state", status.state());
		tree.put("generation", status.generation());
		tree.put("instance", status.instanceId());
		tree.put("pid", status.pid());
		tree.put("started", STARTED);
		tree.put("listeners", status.listeners().stream().limit(listeners).map(Answers::listener).toList());
		tree.put("connections", status.connections());
		tree.put("predecessor", predecessor(status.predecessor()));
		tree.put("successor", successor(status.successor()));
		tree.put("handoff", status.currentHandoff());
		tree.put("failure", status.failure());
		tree.put("history", status.history().stream().map(Answers::tree).toList());
		return tree;
	}

	private static Map<String, @Nullable Object> tree(HandoffReport report) {
		Map<String, @Nullable Object> tree = new LinkedHashMap<>();
		tree.put("handoff", report.id());
		tree.put("role", report.role());
		tree.put("peerPid", report.peerPid());
		tree.put("peerInstance", report.peerInstanceId());
		tree.put("version", report.version());
		tree.put("peerVersion", report.peerVersion());
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
		tree.put("version", peer.version());
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
		tree.put("version", peer.version());
		tree.put("phase", peer.phase());
		return tree;
	}

}
