package dev.handoff.boot.launch;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The ports that options let the JVM itself open, before the application starts.
 */
final class JvmPorts {

	private static final List<Pattern> FIXED = List.of(
			Pattern.compile(
					"(?:-agentlib:jdwp=|-Xrunjdwp:)(?=.*\\bserver=y).*\\baddress=(?:\\S*:)?(?!0(?:,|$))\\d+(?:,.*)?"),
			Pattern.compile("-Dcom\\.sun\\.management\\.jmxremote\\.(?:rmi\\.)?port=(?!0$)\\d+"));

	private JvmPorts() {
	}

	/**
	 * Returns that a second process could not be started with these options.
	 * @param options the options of the JVM
	 */
	static Optional<String> refusal(List<String> options) {
		return options.stream()
			.filter((option) -> FIXED.stream().anyMatch((pattern) -> pattern.matcher(option).matches()))
			.findFirst()
			.map("two processes cannot both have the port of '%s'; let the JVM choose one (0), or set handoff.successor.command"::formatted);
	}

}
