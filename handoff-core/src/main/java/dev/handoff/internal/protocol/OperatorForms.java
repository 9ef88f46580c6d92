package dev.handoff.internal.protocol;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToIntFunction;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.HandoffStatus.ListenerStatus;
import dev.handoff.HandoffStatus.Predecessor;
import dev.handoff.HandoffStatus.Successor;
import dev.handoff.HandoffStatus.SuccessorPhase;
import dev.handoff.Listener;
import dev.handoff.internal.protocol.Message.Report;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Result;
import dev.handoff.internal.protocol.Message.Status;

/**
 * The forms of what operators and a process tell each other. Stateless and thread-safe.
 */
final class OperatorForms {

	/** The most listeners that a status names, so that it fits into a frame. */
	static final int MAX_LISTENERS = 256;

	static final int MAX_REPORTS = 16;

	static final int MAX_STEPS = 16;

	static final int MAX_FORCE_CLOSED = 32;

	static final List<FrameForm<?>> ALL = List.of(
			new FrameForm<>(17, "REQUEST", Request.class, OperatorForms::writeRequest, OperatorForms::readRequest),
			new FrameForm<>(18, "RESULT", Result.class, OperatorForms::writeResult, OperatorForms::readResult),
			new FrameForm<>(19, "STATUS", Status.class, OperatorForms::writeStatus, OperatorForms::readStatus),
			new FrameForm<>(20, "REPORT", Report.class, (fields, message) -> writeReport(fields, message.report()),
					(fields) -> new Report(readReport(fields))));

	private OperatorForms() {
	}

	private static void writeRequest(FieldWriter fields, Request request) {
		fields.number(FieldTag.LOWEST_VERSION, request.lowestVersion());
		fields.number(FieldTag.HIGHEST_VERSION, request.highestVersion());
		fields.code(FieldTag.COMMAND, request.command().code());
		writeName(fields, FieldTag.HANDOFF, request.handoff());
	}

	private static Request readRequest(FieldReader fields) throws MalformedFrameException {
		return new Request(fields.number(FieldTag.LOWEST_VERSION), fields.number(FieldTag.HIGHEST_VERSION),
				read(fields, FieldTag.COMMAND, Request.Command.values(), Request.Command::code),
				readName(fields, FieldTag.HANDOFF));
	}

	private static void writeResult(FieldWriter fields, Result result) {
		CommandResult value = result.result();
		fields.code(FieldTag.VERDICT, value.verdict().code());
		fields.cutText(FieldTag.DETAIL, value.detail(), FrameCodec.MAX_DETAIL_LENGTH);
		String handoff = value.handoff();
		if (handoff != null) {
			writeName(fields, FieldTag.HANDOFF, handoff);
		}
	}

	private static Result readResult(FieldReader fields) throws MalformedFrameException {
		return new Result(new CommandResult(
				read(fields, FieldTag.VERDICT, CommandResult.Verdict.values(), CommandResult.Verdict::code),
				fields.text(FieldTag.DETAIL, FrameCodec.MAX_DETAIL_LENGTH),
				fields.has(FieldTag.HANDOFF) ? readName(fields, FieldTag.HANDOFF) : null));
	}

	private static void writeStatus(FieldWriter fields, Status message) {
		HandoffStatus status = message.status();
		writeName(fields, FieldTag.APPLICATION, message.application());
		writeName(fields, FieldTag.APPLICATION_VERSION, message.applicationVersion());
		fields.code(FieldTag.STATE, status.state().code());
		fields.number(FieldTag.GENERATION, status.generation());
		writePeer(fields, status.pid(), status.instanceId());
		fields.number(FieldTag.REMAINING, status.connections());
		status.listeners().stream().limit(MAX_LISTENERS).forEach((listener) -> {
			FieldWriter nested = new FieldWriter();
			writeName(nested, FieldTag.NAME, listener.name());
			nested.text(FieldTag.ADDRESS, listener.address(), FrameCodec.MAX_ADDRESS_LENGTH);
			nested.code(FieldTag.ORIGIN, code(listener.origin()));
			nested.longNumber(FieldTag.ACCEPTED, listener.acceptedCount());
			nested.flag(FieldTag.GATE, listener.gateOpen());
			fields.bytes(FieldTag.LISTENER, nested.payload());
		});
		Predecessor predecessor = status.predecessor();
		if (predecessor != null) {
			FieldWriter nested = new FieldWriter();
			writePeer(nested, predecessor.pid(), predecessor.instanceId());
			Integer remaining = predecessor.remaining();
			if (remaining != null) {
				nested.number(FieldTag.REMAINING, remaining);
			}
			fields.bytes(FieldTag.PREDECESSOR, nested.payload());
		}
		Successor successor = status.successor();
		if (successor != null) {
			FieldWriter nested = new FieldWriter();
			writePeer(nested, successor.pid(), successor.instanceId());
			nested.code(FieldTag.PHASE, successor.phase().code());
			fields.bytes(FieldTag.SUCCESSOR, nested.payload());
		}
		String current = status.currentHandoff();
		if (current != null) {
			writeName(fields, FieldTag.HANDOFF, current);
		}
		status.history().stream().limit(MAX_REPORTS).forEach((report) -> {
			FieldWriter nested = new FieldWriter();
			writeReport(nested, report);
			fields.bytes(FieldTag.REPORT, nested.payload());
		});
	}

	private static Status readStatus(FieldReader fields) throws MalformedFrameException {
		List<ListenerStatus> listeners = new ArrayList<>();
		for (ByteBuffer value : fields.all(FieldTag.LISTENER)) {
			FieldReader nested = new FieldReader("STATUS's listener", value);
			listeners.add(new ListenerStatus(readName(nested, FieldTag.NAME),
					nested.text(FieldTag.ADDRESS, FrameCodec.MAX_ADDRESS_LENGTH),
					read(nested, FieldTag.ORIGIN, Listener.Origin.values(), OperatorForms::code),
					nested.longNumber(FieldTag.ACCEPTED), nested.flag(FieldTag.GATE)));
		}
		Predecessor predecessor = null;
		for (ByteBuffer value : fields.all(FieldTag.PREDECESSOR)) {
			FieldReader nested = new FieldReader("STATUS's predecessor", value);
			predecessor = new Predecessor(nested.longNumber(FieldTag.PID), readName(nested, FieldTag.INSTANCE_ID),
					nested.has(FieldTag.REMAINING) ? Integer.valueOf(nested.number(FieldTag.REMAINING)) : null);
		}
		Successor successor = null;
		for (ByteBuffer value : fields.all(FieldTag.SUCCESSOR)) {
			FieldReader nested = new FieldReader("STATUS's successor", value);
			successor = new Successor(nested.longNumber(FieldTag.PID), readName(nested, FieldTag.INSTANCE_ID),
					read(nested, FieldTag.PHASE, SuccessorPhase.values(), SuccessorPhase::code));
		}
		List<HandoffReport> history = new ArrayList<>();
		for (ByteBuffer value : fields.all(FieldTag.REPORT)) {
			history.add(readReport(new FieldReader("STATUS's report", value)));
		}
		return new Status(readName(fields, FieldTag.APPLICATION), readName(fields, FieldTag.APPLICATION_VERSION),
				new HandoffStatus(read(fields, FieldTag.STATE, HandoffState.values(), HandoffState::code),
						fields.number(FieldTag.GENERATION), readName(fields, FieldTag.INSTANCE_ID),
						fields.longNumber(FieldTag.PID), listeners, fields.number(FieldTag.REMAINING), predecessor,
						successor, fields.has(FieldTag.HANDOFF) ? readName(fields, FieldTag.HANDOFF) : null, history));
	}

	private static void writeReport(FieldWriter fields, HandoffReport report) {
		writeName(fields, FieldTag.HANDOFF, report.id());
		fields.code(FieldTag.ROLE, report.role().code());
		writePeer(fields, report.peerPid(), report.peerInstanceId());
		fields.number(FieldTag.GENERATION, report.generation());
		fields.longNumber(FieldTag.START, report.start().toEpochMilli());
		report.steps().forEach((step, duration) -> {
			FieldWriter nested = new FieldWriter();
			nested.code(FieldTag.STEP_KIND, step.code());
			nested.duration(FieldTag.DURATION, duration);
			fields.bytes(FieldTag.STEP, nested.payload());
		});
		fields.number(FieldTag.COUNT, report.descriptorsMoved());
		Integer waiting = report.waitingAtRelease();
		if (waiting != null) {
			fields.number(FieldTag.WAITING, waiting);
		}
		fields.code(FieldTag.OUTCOME, report.outcome().code());
		fields.cutText(FieldTag.DETAIL, report.reason(), FrameCodec.MAX_DETAIL_LENGTH);
		new TreeMap<>(report.forceClosed()).entrySet().stream().limit(MAX_FORCE_CLOSED).forEach((closed) -> {
			FieldWriter nested = new FieldWriter();
			nested.cutText(FieldTag.NAME, closed.getKey(), FrameCodec.MAX_NAME_LENGTH);
			nested.number(FieldTag.COUNT, closed.getValue());
			fields.bytes(FieldTag.FORCE_CLOSED, nested.payload());
		});
	}

	private static HandoffReport readReport(FieldReader fields) throws MalformedFrameException {
		Map<HandoffReport.Step, Duration> steps = new EnumMap<>(HandoffReport.Step.class);
		for (ByteBuffer value : fields.all(FieldTag.STEP)) {
			FieldReader nested = new FieldReader("REPORT's step", value);
			steps.put(read(nested, FieldTag.STEP_KIND, HandoffReport.Step.values(), HandoffReport.Step::code),
					nested.duration(FieldTag.DURATION));
		}
		Map<String, Integer> forceClosed = new TreeMap<>();
		for (ByteBuffer value : fields.all(FieldTag.FORCE_CLOSED)) {
			FieldReader nested = new FieldReader("REPORT's closed connections", value);
			forceClosed.put(readName(nested, FieldTag.NAME), nested.number(FieldTag.COUNT));
		}
		return new HandoffReport(readName(fields, FieldTag.HANDOFF),
				read(fields, FieldTag.ROLE, HandoffReport.Role.values(), HandoffReport.Role::code),
				fields.longNumber(FieldTag.PID), readName(fields, FieldTag.INSTANCE_ID),
				fields.number(FieldTag.GENERATION), Instant.ofEpochMilli(fields.longNumber(FieldTag.START)), steps,
				fields.number(FieldTag.COUNT),
				fields.has(FieldTag.WAITING) ? Integer.valueOf(fields.number(FieldTag.WAITING)) : null,
				read(fields, FieldTag.OUTCOME, HandoffReport.Outcome.values(), HandoffReport.Outcome::code),
				fields.text(FieldTag.DETAIL, FrameCodec.MAX_DETAIL_LENGTH), forceClosed);
	}

	private static void writePeer(FieldWriter fields, long pid, String instanceId) {
		fields.longNumber(FieldTag.PID, pid);
		writeName(fields, FieldTag.INSTANCE_ID, instanceId);
	}

	private static int code(Listener.Origin origin) {
		return switch (origin) {
			case INHERITED -> 1;
			case BOUND -> 2;
			case ACTIVATED -> 3;
			case ACQUIRED -> 4;
		};
	}

	private static <E> E read(FieldReader fields, FieldTag tag, E[] values, ToIntFunction<E> code)
			throws MalformedFrameException {
		int wanted = fields.code(tag);
		for (E value : values) {
			if (code.applyAsInt(value) == wanted) {
				return value;
			}
		}
		throw fields.malformed("has an unknown %s: %d".formatted(tag, wanted));
	}

	private static void writeName(FieldWriter fields, FieldTag tag, String name) {
		fields.text(tag, name, FrameCodec.MAX_NAME_LENGTH);
	}

	private static String readName(FieldReader fields, FieldTag tag) throws MalformedFrameException {
		return fields.text(tag, FrameCodec.MAX_NAME_LENGTH);
	}

}
