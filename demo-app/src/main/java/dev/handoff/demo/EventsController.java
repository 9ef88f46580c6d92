package dev.handoff.demo;

import java.io.IOException;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.springframework.http.MediaType;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * A stream of server-sent events, one a second.
 */
@RestController
@EnableScheduling
class EventsController {

	private final Set<SseEmitter> emitters = ConcurrentHashMap.newKeySet();

	private final Instance instance;

	EventsController(Instance instance) {
		this.instance = instance;
	}

	@GetMapping(path = "/api/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	SseEmitter events() {
		SseEmitter emitter = new SseEmitter(0L);
		emitter.onCompletion(() -> this.emitters.remove(emitter));
		emitter.onError((ex) -> this.emitters.remove(emitter));
		this.emitters.add(emitter);
		return emitter;
	}

	@Scheduled(fixedRate = 1000)
	void tick() {
		for (SseEmitter emitter : this.emitters) {
			try {
				emitter.send(SseEmitter.event()
					.name("tick")
					.data("{\"generation\":%d,\"time\":\"%s\"}".formatted(this.instance.generation(), Instant.now())));
			}
			catch (IOException ex) {
				// The client is gone; onError takes the emitter out.
				emitter.completeWithError(ex);
			}
		}
	}

}
