package dev.handoff.boot;

import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link EventSource}.
 */
class EventSourceTests {

	@Test
	void sendsGetAndAcceptsEventStreams() {
		assertThat(EventSource.canSend("GET", List.of("text/event-stream"))).isTrue();
		assertThat(EventSource.canSend("GET", List.of("application/json", "text/html, Text/Event-Stream;q=0.9")))
			.isTrue();
	}

	@Test
	void sendsNothingElse() {
		assertThat(EventSource.canSend("POST", List.of("text/event-stream"))).isFalse();
		assertThat(EventSource.canSend("GET", List.of())).isFalse();
		assertThat(EventSource.canSend("GET", List.of("*/*", "application/x-ndjson"))).isFalse();
	}

}
