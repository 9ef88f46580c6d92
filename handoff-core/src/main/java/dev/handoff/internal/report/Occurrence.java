package dev.handoff.internal.report;

import dev.handoff.internal.rules.Event;

/**
 * An event and, for logs and for the peer, what is known about it.
 *
 * @param event the event
 * @param detail in words
 */
public record Occurrence(Event event, String detail) {

	public static Occurrence of(Event event) {
		return new Occurrence(event, event.name());
	}

}
