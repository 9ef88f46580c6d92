package dev.handoff.boot;

import java.util.List;
import java.util.Locale;

/**
 * The client of an {@link EventStream}, as browsers have it (HTML Standard, section 9.2).
 * When its stream ends it asks for it again by itself. Any other client may take the end
 * of a response for the end of its content.
 */
public final class EventSource {

	private static final String TYPE = "text/event-stream";

	private EventSource() {
	}

	/**
	 * Returns whether a request can be one of an event source.
	 * @param method the request's method
	 * @param accept the request's {@code Accept} headers
	 * @return {@code true} if its method is GET and it names the type of event streams
	 */
	public static boolean canSend(String method, List<String> accept) {
		return method.equals("GET")
				&& accept.stream().anyMatch((header) -> header.toLowerCase(Locale.ROOT).contains(TYPE));
	}

}
