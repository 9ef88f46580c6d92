package dev.handoff.internal.cli;

import java.io.PrintStream;
import java.util.List;

import dev.handoff.CommandResult;
import dev.handoff.HandoffState;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.text.PlainText;
import org.jspecify.annotations.Nullable;

/**
 * The command line of the jar.
 */
public final class Main {

	private Main() {
	}

	/**
	 * Carries a command out and ends the JVM with an exit code.
	 * @param arguments the command and its options
	 */
	public static void main(String[] arguments) {
		System.exit(run(List.of(arguments), System.out, System.err));
	}

	static int run(List<String> arguments, PrintStream out, PrintStream err) {
		if (arguments.contains("--help")) {
			out.print(Arguments.HELP);
			return ExitCode.OK.code();
		}
		try {
			return run(Arguments.parse(arguments), out).code();
		}
		catch (CommandFailure ex) {
			err.println(ex.getMessage());
			return ex.exitCode().code();
		}
	}

	private static ExitCode run(Arguments arguments, PrintStream out) throws CommandFailure {
		if (arguments.command() == Command.STOP) {
			new Stop(arguments.controlSocket(), arguments.timeout(), out).run();
			return ExitCode.OK;
		}
		Message answer = new OperatorClient().ask(arguments.controlSocket(),
				new Request(Versions.LOWEST, Versions.HIGHEST, arguments.command().operation(), arguments.handoff(),
						arguments.json() ? Request.Format.JSON : Request.Format.TEXT),
				arguments.timeout());
		if (answer instanceof Message.Status status) {
			out.println(PlainText.lines(status.text()));
			checkExpected(arguments, status);
			return ExitCode.OK;
		}
		if (answer instanceof Message.Report report) {
			out.println(PlainText.lines(report.text()));
			return report.outcome().isCompleted() ? ExitCode.OK : ExitCode.FAILED;
		}
		if (answer instanceof Message.Result result) {
			out.println(PlainText.lines(result.text()));
			return exitCode(result.verdict());
		}
		if (answer instanceof Message.Refused refused && refused.reason() != Message.Refused.Reason.VERSION) {
			throw new CommandFailure(ExitCode.REFUSED,
					"The process refused: %s (%s)".formatted(refused.detail(), refused.reason()));
		}
		throw new CommandFailure(ExitCode.UNUSABLE,
				"The process does not know this request, it runs another release: " + answer);
	}

	private static ExitCode exitCode(CommandResult.Verdict verdict) {
		return switch (verdict) {
			case APPLIED -> ExitCode.OK;
			case NO_HANDOFF, TOO_EARLY, TOO_LATE, BUSY, NOT_CONFIGURED -> ExitCode.REFUSED;
			case NO_ANSWER, FAILED -> ExitCode.FAILED;
		};
	}

	private static void checkExpected(Arguments arguments, Message.Status status) throws CommandFailure {
		check("instance", arguments.instance(), status.instanceId());
		check("generation", arguments.generation(), status.generation());
		check("state", arguments.state(), status.state());
		if (arguments.started() && status.state() == HandoffState.STARTING) {
			throw new CommandFailure(ExitCode.UNEXPECTED, "The process is starting");
		}
	}

	private static void check(String what, @Nullable Object expected, Object actual) throws CommandFailure {
		if (expected != null && !expected.equals(actual)) {
			throw new CommandFailure(ExitCode.UNEXPECTED,
					"The process has %s %s, not %s".formatted(what, actual, expected));
		}
	}

}
