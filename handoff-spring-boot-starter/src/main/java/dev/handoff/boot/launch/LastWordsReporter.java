package dev.handoff.boot.launch;

import java.util.stream.Collectors;
import java.util.stream.Stream;

import org.springframework.boot.SpringBootExceptionReporter;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/**
 * Tells the process that has started this one why the application does not start: the
 * exceptions, and then Spring Boot's analysis, if there is one. Before other reporters,
 * because the first one that reports an exception is the last one that is asked.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class LastWordsReporter implements SpringBootExceptionReporter, FailureAnalysisReporter {

	private static final int MAX_CAUSES = 20;

	@Override
	public boolean reportException(Throwable failure) {
		LastWords.say(System.getenv(), Stream.iterate(failure, (current) -> current != null, Throwable::getCause)
			// Causes may go round in a circle.
			.limit(MAX_CAUSES)
			.map(Throwable::toString)
			.collect(Collectors.joining("\nCaused by: ")));
		return false;
	}

	@Override
	public void report(FailureAnalysis analysis) {
		LastWords.say(System.getenv(), "Description: %s%nAction: %s".formatted(analysis.getDescription(),
				(analysis.getAction() != null) ? analysis.getAction() : "none"));
	}

}
