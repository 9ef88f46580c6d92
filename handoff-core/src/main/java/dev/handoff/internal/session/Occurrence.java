package dev.handoff.internal.session;

/**
 * An event and, for logs and for the peer, what is known about it.
 *
 * @param event the event
 * @param detail in words
 */
record Occurrence(Event event, String detail) {

	static Occurrence of(Event event) {
		return new Occurrence(event, event.name());
	}

}
