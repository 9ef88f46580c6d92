package dev.handoff.internal.report;

import dev.handoff.HandoffException;
import dev.handoff.internal.rules.Event;
import org.jspecify.annotations.Nullable;

/**
 * An event and, for logs and for the peer, what is known about it.
 *
 * @param event the event
 * @param detail in words that both processes can use
 * @param failure why a start cannot succeed any more, {@code null} if the event does not
 * tell
 */
public record Occurrence(Event event, String detail, @Nullable HandoffException failure) {

	public Occurrence(Event event, String detail) {
		this(event, detail, null);
	}

	public static Occurrence of(Event event) {
		return new Occurrence(event, words(event));
	}

	public static Occurrence failed(Event event, HandoffException failure) {
		return new Occurrence(event, String.valueOf(failure.getMessage()), failure);
	}

	private static String words(Event event) {
		return switch (event) {
			case APPLICATION_READY -> "the application is ready";
			case DRAINED -> "everything is finished";
			case TERMINATE -> "told to terminate";
			case OPERATOR_ABORT -> "an operator aborted the handoff";
			case OPERATOR_RELEASE -> "an operator released";
			case OPERATOR_RECLAIM -> "an operator reclaimed";
			case RELEASED -> "the predecessor released";
			case CLOSED -> "the predecessor gave its listeners up";
			case GONE -> "the predecessor has finished";
			case ADOPTED -> "the successor has received the listeners";
			case READY -> "the successor is ready";
			case READY_HOLD -> "the successor is ready and waits for a manual release";
			case SERVING -> "the successor serves";
			case CONFIRMED -> "the successor confirmed";
			default -> event.name();
		};
	}

}
