package dev.handoff.internal.operator;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffStatus;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.report.ReportListener;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Operators on the control socket: each sends one request, gets one answer and is hung up
 * on. Whatever goes wrong here costs the operator's connection and nothing else. Used by
 * the session's thread.
 */
public final class Operators implements ReportListener {

	private static final Logger logger = LoggerFactory.getLogger(Operators.class);

	private static final int MAX_OPERATORS = 64;

	// The handoff of a successor that has not asked for the sockets yet.
	private static final String NEXT = "";

	private final HandoffOptions options;

	private final TimeSource time;

	private final Desk desk;

	private final List<Operator> operators = new ArrayList<>();

	public Operators(HandoffOptions options, TimeSource time, Desk desk) {
		this.options = options;
		this.time = time;
		this.desk = desk;
	}

	/**
	 * Takes a dialler that has sent a request; owns its connection from now on.
	 */
	public void take(Connection connection, Request request) {
		Operator operator = new Operator(connection, request.format());
		this.operators.add(operator);
		logger.debug("{} asks for {}", connection.peer(), request);
		try {
			if (Versions.negotiate(request.lowestVersion(), request.highestVersion()).isEmpty()) {
				operator.answer(new Refused(Refused.Reason.VERSION,
						"this process speaks protocol versions %d to %d".formatted(Versions.LOWEST, Versions.HIGHEST),
						null));
			}
			else if (this.operators.size() > MAX_OPERATORS) {
				operator.answer(new Refused(Refused.Reason.BUSY, "%d operators wait already".formatted(MAX_OPERATORS),
						this.options.stepTimeout()));
			}
			else {
				obey(operator, request);
			}
		}
		catch (RuntimeException | LinkageError ex) {
			logger.warn("Cannot answer {} to {}", request, connection.peer(), ex);
			operator.close();
		}
	}

	private void obey(Operator operator, Request request) {
		Consumer<CommandResult> answer = operator::answer;
		switch (request.operation()) {
			case STATUS -> operator.answer(Answers.status(this.options, this.desk.status(), request.format()));
			case RELEASE -> this.desk.command(PendingCommand.of(HandoffCommand.RELEASE, answer));
			case ABORT -> this.desk.command(PendingCommand.of(HandoffCommand.ABORT, answer));
			case RECLAIM -> this.desk.command(PendingCommand.of(HandoffCommand.RECLAIM, answer));
			case TRIGGER -> this.desk.trigger(answer);
			case WAIT -> await(operator, request.handoff());
		}
	}

	private void await(Operator operator, String asked) {
		HandoffStatus status = this.desk.status();
		String current = status.currentHandoff();
		String id = asked.isEmpty() ? current : asked;
		Optional<HandoffReport> known = status.history()
			.stream()
			.filter((report) -> report.id().equals(id))
			.findFirst();
		if (known.isPresent()) {
			operator.answer(known.get());
		}
		else if (id != null && id.equals(current)) {
			operator.awaited = id;
		}
		else if (asked.isEmpty() && this.desk.isSuccessorAwaited()) {
			operator.awaited = NEXT;
		}
		else if (asked.isEmpty() && this.desk.launchFailure() != null) {
			operator.answer(this.desk.launchFailure());
		}
		else {
			operator.answer(new CommandResult(Verdict.NO_HANDOFF, asked.isEmpty() ? "no handoff is under way"
					: "handoff '%s' is not under way or remembered".formatted(asked), null));
		}
	}

	@Override
	public void decided(HandoffReport report) {
		for (Operator operator : List.copyOf(this.operators)) {
			boolean next = NEXT.equals(operator.awaited) && report.outcome() != HandoffReport.Outcome.REFUSED;
			if (next || report.id().equals(operator.awaited)) {
				operator.answer(report);
			}
		}
	}

	/**
	 * Answers those who wait for a successor that was started and asked for nothing.
	 */
	public void launchFailed(CommandResult failure) {
		for (Operator operator : List.copyOf(this.operators)) {
			if (NEXT.equals(operator.awaited)) {
				operator.answer(failure);
			}
		}
	}

	/**
	 * Reads every operator's connection dry, writes what can be written and hangs up
	 * where nothing is left to do.
	 */
	public void attend() {
		for (Operator operator : List.copyOf(this.operators)) {
			operator.attend();
		}
		this.operators.removeIf((operator) -> operator.closed);
	}

	/**
	 * Returns when the next of them has to be hung up on, {@code null} if none has.
	 */
	public @Nullable Long dueAt() {
		return this.operators.stream()
			.map((operator) -> operator.deadline)
			.filter(Objects::nonNull)
			.min((first, second) -> Long.signum(first - second))
			.orElse(null);
	}

	public void close() {
		attend();
		this.operators.forEach(Operator::close);
		this.operators.clear();
	}

	/**
	 * What operators can ask of a process.
	 */
	public interface Desk {

		HandoffStatus status();

		void command(PendingCommand command);

		/**
		 * Returns whether a successor was started that has not asked for the sockets yet.
		 */
		boolean isSuccessorAwaited();

		/**
		 * Returns what became of the last successor that was started, if it ended without
		 * a handoff.
		 */
		@Nullable CommandResult launchFailure();

		/**
		 * Starts a successor.
		 * @param answer takes the result, on the session's thread
		 */
		void trigger(Consumer<CommandResult> answer);

	}

	private final class Operator {

		private final Connection connection;

		private final Request.Format format;

		private @Nullable String awaited;

		private @Nullable Long deadline;

		private boolean closed;

		private Operator(Connection connection, Request.Format format) {
			this.connection = connection;
			this.format = format;
		}

		private void answer(CommandResult result) {
			answer(Answers.result(result, this.format));
		}

		private void answer(HandoffReport report) {
			answer(Answers.report(report, this.format));
		}

		private void answer(Message message) {
			if (this.closed) {
				return;
			}
			this.awaited = null;
			this.deadline = Operators.this.time.nanoTime() + Operators.this.options.stepTimeout().toNanos();
			try {
				this.connection.send(message);
			}
			catch (IOException | RuntimeException ex) {
				logger.debug("Cannot answer {}", this.connection.peer(), ex);
				close();
			}
		}

		private void attend() {
			if (this.closed) {
				return;
			}
			try {
				while (this.connection.next() != null) {
					// One request a connection: the rest is ignored.
				}
				this.connection.flush();
			}
			catch (IOException | MalformedFrameException ex) {
				logger.debug("Unreadable message from {}", this.connection.peer(), ex);
				close();
				return;
			}
			boolean answered = this.deadline != null;
			boolean late = this.deadline != null && this.deadline - Operators.this.time.nanoTime() <= 0;
			if (this.connection.isEnded() || late || (answered && !this.connection.hasUnsent())) {
				close();
			}
		}

		private void close() {
			this.closed = true;
			this.connection.close();
		}

	}

}
