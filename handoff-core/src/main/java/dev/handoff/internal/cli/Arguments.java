package dev.handoff.internal.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.HandoffOptions;
import dev.handoff.HandoffState;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for on the command line.
 *
 * @param command the command
 * @param controlSocket the control socket to ask on
 * @param json whether the answer is printed as JSON
 * @param timeout how long to wait for the answer
 * @param handoff the handoff to wait for, empty for the one under way
 * @param instance the instance id that has to answer
 * @param generation the generation that has to answer
 * @param state the state that it has to be in
 * @param started whether it has to have started
 */
record Arguments(Command command, Path controlSocket, boolean json, Duration timeout, String handoff,
		@Nullable String instance, @Nullable Integer generation, @Nullable HandoffState state, boolean started) {

	static final String HELP = """
			Usage: java -jar handoff-core.jar COMMAND [OPTION]...

			Commands:
			  status    what the process that serves is doing
			  trigger   start a successor
			  release   release now, where a ready successor waits for it
			  abort     end the handoff before the release
			  reclaim   undo the release within the observation window
			  wait      wait until the outcome of a handoff is decided, also after a trigger
			  stop      end the service: whoever serves is told to terminate, until nobody does

			Options:
			  --control-socket PATH  the control socket; for 'status' also a status socket
			  --application NAME     the application, if its control socket is in the default place
			  --port N               which of its instances, by the port (Spring Boot: server.port)
			  --timeout D            how long to wait for an answer: 500ms, 10s, 2m or PT10S
			                         (10s; wait: 10m; stop: 2m)
			  --json                 print JSON
			  --handoff ID           wait: the handoff, else the one under way
			  --instance ID, --generation N, --state STATE
			                         status: what has to answer, else exit code 6
			  --started              status: exit code 6 while it is in state STARTING
			  --help

			Exit codes: 0 done, 1 the handoff did not complete or the command failed, 2 wrong arguments, 3 nobody
			answers, 4 refused (too early, too late, nothing under way, busy, not configured), 5 no answer in time,
			6 other instance, generation or state, 7 the control socket cannot be trusted or its process is too old.
			""";

	private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

	private static final Duration DEFAULT_WAIT = Duration.ofMinutes(10);

	// Longer than the drains of two processes.
	private static final Duration DEFAULT_STOP = Duration.ofMinutes(2);

	private static final Duration MAX_TIMEOUT = Duration.ofDays(365);

	private static final Pattern SIMPLE_DURATION = Pattern.compile("(\\d{1,9})(ms|s|m|h)");

	private static final Set<String> VALUES = Set.of("--control-socket", "--application", "--port", "--timeout",
			"--handoff", "--instance", "--generation", "--state");

	static Arguments parse(List<String> arguments) throws CommandFailure {
		if (arguments.isEmpty()) {
			throw usage("a command is missing");
		}
		Command command = Command.of(arguments.get(0))
			.orElseThrow(() -> usage("'%s' is no command".formatted(arguments.get(0))));
		boolean json = false;
		boolean started = false;
		Map<String, String> values = new HashMap<>();
		for (Iterator<String> rest = arguments.subList(1, arguments.size()).iterator(); rest.hasNext();) {
			String option = rest.next();
			if (option.equals("--json")) {
				json = true;
			}
			else if (option.equals("--started")) {
				started = true;
			}
			else if (!VALUES.contains(option) || !rest.hasNext()) {
				throw usage(VALUES.contains(option) ? "'%s' needs a value".formatted(option)
						: "'%s' is not known".formatted(option));
			}
			else {
				values.put(option, rest.next());
			}
		}
		if (started && command != Command.STATUS) {
			throw usage("'--started' is for 'status' only");
		}
		checkUse(command, values);
		String timeout = values.get("--timeout");
		return new Arguments(command, controlSocket(values), json,
				(timeout != null) ? duration(timeout) : defaultTimeout(command), values.getOrDefault("--handoff", ""),
				values.get("--instance"), generation(values), state(values), started);
	}

	private static Duration defaultTimeout(Command command) {
		return switch (command) {
			case WAIT -> DEFAULT_WAIT;
			case STOP -> DEFAULT_STOP;
			default -> DEFAULT_TIMEOUT;
		};
	}

	private static void checkUse(Command command, Map<String, String> values) throws CommandFailure {
		for (String option : List.of("--instance", "--generation", "--state")) {
			if (values.containsKey(option) && command != Command.STATUS) {
				throw usage("'%s' is for 'status' only".formatted(option));
			}
		}
		if (values.containsKey("--handoff") && command != Command.WAIT) {
			throw usage("'--handoff' is for 'wait' only");
		}
		if (values.getOrDefault("--handoff", "").length() > 255) {
			throw usage("the handoff's id is too long");
		}
	}

	private static Path controlSocket(Map<String, String> values) throws CommandFailure {
		String path = values.get("--control-socket");
		String application = values.get("--application");
		if ((path == null) == (application == null)) {
			throw usage("give one of '--control-socket' and '--application'");
		}
		String port = values.get("--port");
		if (port != null && application == null) {
			throw usage("'--port' goes with '--application'");
		}
		try {
			if (path != null) {
				return Path.of(path).toAbsolutePath();
			}
			HandoffOptions.Builder options = HandoffOptions.forApplication(String.valueOf(application));
			return ((port != null) ? options.port(Integer.parseInt(port)) : options).build().controlSocket();
		}
		catch (NumberFormatException ex) {
			throw usage("'%s' is no port".formatted(port));
		}
		catch (IllegalArgumentException ex) {
			throw usage(String.valueOf(ex.getMessage()));
		}
	}

	private static Duration duration(String text) throws CommandFailure {
		Duration duration;
		Matcher simple = SIMPLE_DURATION.matcher(text);
		try {
			if (simple.matches()) {
				long amount = Long.parseLong(simple.group(1));
				duration = switch (simple.group(2)) {
					case "ms" -> Duration.ofMillis(amount);
					case "s" -> Duration.ofSeconds(amount);
					case "m" -> Duration.ofMinutes(amount);
					default -> Duration.ofHours(amount);
				};
			}
			else {
				duration = Duration.parse(text);
			}
		}
		catch (DateTimeParseException ex) {
			throw usage("'%s' is no duration such as 10s".formatted(text));
		}
		if (duration.isNegative() || duration.isZero() || duration.compareTo(MAX_TIMEOUT) > 0) {
			throw usage("'%s' is no timeout between 1ms and 365 days".formatted(text));
		}
		return duration;
	}

	private static @Nullable Integer generation(Map<String, String> values) throws CommandFailure {
		String text = values.get("--generation");
		try {
			return (text != null) ? Integer.valueOf(text) : null;
		}
		catch (NumberFormatException ex) {
			throw usage("'%s' is no generation".formatted(text));
		}
	}

	private static @Nullable HandoffState state(Map<String, String> values) throws CommandFailure {
		String text = values.get("--state");
		if (text == null) {
			return null;
		}
		for (HandoffState state : HandoffState.values()) {
			if (state.name().equalsIgnoreCase(text)) {
				return state;
			}
		}
		throw usage("'%s' is no state, they are %s".formatted(text, List.of(HandoffState.values())));
	}

	private static CommandFailure usage(String problem) {
		return new CommandFailure(ExitCode.USAGE, problem + "; try --help");
	}

}
