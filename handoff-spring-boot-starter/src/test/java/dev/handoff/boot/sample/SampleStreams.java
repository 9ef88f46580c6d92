package dev.handoff.boot.sample;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * What does not end by itself, or not soon.
 */
@RestController
class SampleStreams {

	private static final Logger logger = LoggerFactory.getLogger(SampleStreams.class);

	private final Sinks.Empty<Void> end = Sinks.empty();

	/** An event stream without an end. */
	@GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> events() {
		return Flux.concat(Flux.just("first"), Flux.never());
	}

	/** An event stream that sends without a pause. */
	@RequestMapping(path = "/busy-events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<String> busyEvents() {
		return Flux.interval(Duration.ofMillis(1)).map((number) -> "event " + number).onBackpressureDrop();
	}

	/** Answers when told to. */
	@GetMapping("/poll")
	Mono<String> poll() {
		return this.end.asMono().thenReturn("polled");
	}

	/** A download that goes on when told to. */
	@GetMapping(path = "/chunks", produces = MediaType.TEXT_PLAIN_VALUE)
	Flux<String> chunks() {
		return Flux.concat(Flux.just("begin "), this.end.asMono().thenMany(Flux.just("middle ", "end")));
	}

	/** An answer that is streamed and goes on when told to, by any method. */
	@RequestMapping(path = "/answer",
			produces = { MediaType.TEXT_EVENT_STREAM_VALUE, MediaType.APPLICATION_NDJSON_VALUE })
	Flux<Map<String, String>> answer() {
		return Flux.concat(Flux.just("begin"), this.end.asMono().thenMany(Flux.just("end")))
			.map((token) -> Map.of("token", token));
	}

	@GetMapping("/go-on")
	String goOn() {
		this.end.tryEmitEmpty();
		return "going on";
	}

	/**
	 * What is there on the servlet stack only.
	 */
	@RestController
	@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
	static class Servlet {

		@GetMapping("/emitter")
		SseEmitter emitter() throws IOException {
			SseEmitter emitter = new SseEmitter(0L);
			emitter.send("first");
			return emitter;
		}

		/** An event stream on which nothing has been sent yet. */
		@GetMapping(path = "/silent-emitter")
		SseEmitter silentEmitter() {
			logger.info("Silent emitter arrived");
			return new SseEmitter(0L);
		}

	}

}
