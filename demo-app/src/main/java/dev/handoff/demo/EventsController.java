package dev.handoff.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.HandoffState;

import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.MediaType;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * A stream of server-sent events, one a second. A stream has no end of its own, so this
 * ends it when the listeners are given up for good, and when the application ends:
 * browsers then connect anew, to the successor, instead of holding the drain, or Spring
 * Boot's graceful shutdown, until its timeout.
 */
@RestController
@EnableScheduling
class EventsController {

	private final Set<SseEmitter> emitters = ConcurrentHashMap.newKeySet();

	private final Instance instance;

	private volatile boolean ending;

	EventsController(Instance instance) {
		this.instance = instance;
		instance.addObserver((change) -> {
			if (change.to() == HandoffState.DRAINING) {
				endStreams();
			}
		});
	}

	@GetMapping(path = "/api/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter events() {
		SseEmitter emitter = new SseEmitter(0L);
		emitter.onCompletion(() -> this.emitters.remove(emitter));
		emitter.onError((ex) -> this.emitters.remove(emitter));
		this.emitters.add(emitter);
		send(emitter);
		return emitter;
	}

	@Scheduled(fixedRate = 1000)
	void tick() {
		this.emitters.forEach(this::send);
	}

	@EventListener(ContextClosedEvent.class)
	void endStreams() {
		this.ending = true;
		tick();
	}

	private void send(SseEmitter emitter) {
		try {
			emitter.send(SseEmitter.event()
				.name("tick")
				.reconnectTime(500)
				.data("{\"generation\":%d,\"time\":\"%s\"}".formatted(this.instance.generation(), Instant.now())));
			if (this.ending) {
				emitter.complete();
			}
		}
		catch (IOException | IllegalStateException ex) {
			// The client is gone, or the stream has ended meanwhile.
			this.emitters.remove(emitter);
		}
	}

}
