package dev.handoff.boot.diagnostics;

import java.net.BindException;
import java.util.List;
import java.util.OptionalLong;
import java.util.regex.Pattern;

import dev.handoff.Handoff;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Says what to do about a port that cannot be opened because the running process of the
 * application has it, for something that is not handed over.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
class PredecessorPortFailureAnalyzer implements FailureAnalyzer {

	// Of the message of whoever failed: "Port 9092 was already in use.",
	// "Address already in use: /0.0.0.0:9090", "Port already in use: 9010".
	private static final Pattern IN_USE = Pattern.compile("(?i)already in use|failed to bind");

	private static final Pattern NUMBER = Pattern.compile("(?<![\\d.])\\d{1,5}(?!\\.?\\d)");

	@Override
	public @Nullable FailureAnalysis analyze(Throwable failure) {
		boolean inUse = false;
		FailureAnalysis found = null;
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			String message = String.valueOf(cause.getMessage());
			inUse |= cause instanceof BindException || IN_USE.matcher(message).find();
			found = (found != null) ? found : analyze(failure, message);
		}
		return inUse ? found : null;
	}

	static List<Integer> numbers(String message) {
		return NUMBER.matcher(message).results().map((number) -> Integer.valueOf(number.group())).toList();
	}

	private static @Nullable FailureAnalysis analyze(Throwable failure, String message) {
		for (int port : numbers(message)) {
			OptionalLong predecessor = Handoff.predecessorAt(port);
			if (predecessor.isPresent()) {
				return new FailureAnalysis(
						"Port %d cannot be opened, because the running process of this application (%d) has it open. It serves on. Who opens this port does not take part in the handoff: %s"
							.formatted(port, predecessor.getAsLong(), message),
						"Give each process a port of its own there (0 for any), or open it only while the process serves (in a BackgroundWork), or stop the running process before this one is started",
						failure);
			}
		}
		return null;
	}

}
