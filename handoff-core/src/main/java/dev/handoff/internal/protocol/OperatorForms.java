package dev.handoff.internal.protocol;

import java.util.List;
import java.util.function.ToIntFunction;

import dev.handoff.CommandResult;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.internal.protocol.Message.Report;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Result;
import dev.handoff.internal.protocol.Message.Status;

/**
 * The forms of what operators and a process tell each other. Stateless and thread-safe.
 */
final class OperatorForms {

	static final List<FrameForm<?>> ALL = List.of(
			new FrameForm<>(17, "REQUEST", Request.class, OperatorForms::writeRequest, OperatorForms::readRequest),
			new FrameForm<>(18, "RESULT", Result.class, OperatorForms::writeResult, OperatorForms::readResult),
			new FrameForm<>(19, "STATUS", Status.class, OperatorForms::writeStatus, OperatorForms::readStatus),
			new FrameForm<>(20, "REPORT", Report.class, OperatorForms::writeReport, OperatorForms::readReport));

	private OperatorForms() {
	}

	private static void writeRequest(FieldWriter fields, Request request) {
		fields.number(FieldTag.LOWEST_VERSION, request.lowestVersion());
		fields.number(FieldTag.HIGHEST_VERSION, request.highestVersion());
		fields.code(FieldTag.OPERATION, request.operation().code());
		fields.text(FieldTag.HANDOFF, request.handoff(), FrameCodec.MAX_NAME_LENGTH);
		fields.code(FieldTag.FORMAT, request.format().code());
	}

	private static Request readRequest(FieldReader fields) throws MalformedFrameException {
		return new Request(fields.number(FieldTag.LOWEST_VERSION), fields.number(FieldTag.HIGHEST_VERSION),
				read(fields, FieldTag.OPERATION, Request.Operation.values(), Request.Operation::code),
				fields.line(FieldTag.HANDOFF, FrameCodec.MAX_NAME_LENGTH),
				read(fields, FieldTag.FORMAT, Request.Format.values(), Request.Format::code));
	}

	private static void writeResult(FieldWriter fields, Result result) {
		fields.code(FieldTag.VERDICT, result.verdict().code());
		writeText(fields, result.text());
	}

	private static Result readResult(FieldReader fields) throws MalformedFrameException {
		return new Result(read(fields, FieldTag.VERDICT, CommandResult.Verdict.values(), CommandResult.Verdict::code),
				readText(fields));
	}

	private static void writeStatus(FieldWriter fields, Status status) {
		fields.code(FieldTag.STATE, status.state().code());
		fields.number(FieldTag.GENERATION, status.generation());
		fields.text(FieldTag.INSTANCE_ID, status.instanceId(), FrameCodec.MAX_NAME_LENGTH);
		writeText(fields, status.text());
	}

	private static Status readStatus(FieldReader fields) throws MalformedFrameException {
		return new Status(read(fields, FieldTag.STATE, HandoffState.values(), HandoffState::code),
				fields.number(FieldTag.GENERATION), fields.line(FieldTag.INSTANCE_ID, FrameCodec.MAX_NAME_LENGTH),
				readText(fields));
	}

	private static void writeReport(FieldWriter fields, Report report) {
		fields.code(FieldTag.OUTCOME, report.outcome().code());
		writeText(fields, report.text());
	}

	private static Report readReport(FieldReader fields) throws MalformedFrameException {
		return new Report(read(fields, FieldTag.OUTCOME, HandoffReport.Outcome.values(), HandoffReport.Outcome::code),
				readText(fields));
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

	private static void writeText(FieldWriter fields, String text) {
		fields.text(FieldTag.TEXT, text, FrameCodec.MAX_TEXT_LENGTH);
	}

	private static String readText(FieldReader fields) throws MalformedFrameException {
		return fields.text(FieldTag.TEXT, FrameCodec.MAX_TEXT_LENGTH);
	}

}
