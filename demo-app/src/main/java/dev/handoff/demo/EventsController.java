package dev.handoff.demo;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.HandoffState;
import dev.handoff.boot.LongLivedExchangeDrain;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/**
 * A stream of server-sent events that tells, four times a second, how the process is that
 * has accepted it. A process that has released its listeners cannot be asked any more, so
 * it goes on to tell on the streams that it has, until they are the last of its
 * connections.
 */
@RestController
class EventsController implements DisposableBean {

	static final String PATH = "/api/events";

	private static final long INTERVAL_MILLIS = 250;

	private final Set<SseEmitter> emitters = ConcurrentHashMap.newKeySet();

	// Not @Scheduled, which ends with the release.
	private final ScheduledExecutorService timer = Executors
		.newSingleThreadScheduledExecutor((task) -> new Thread(task, "events"));

	private final ScheduledFuture<?> ticks;

	private final Instance instance;

	private volatile boolean closed;

	EventsController(Instance instance) {
		this.instance = instance;
		this.ticks = this.timer.scheduleAtFixedRate(this::tick, INTERVAL_MILLIS, INTERVAL_MILLIS,
				TimeUnit.MILLISECONDS);
	}

	@GetMapping(path = PATH, produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	ResponseEntity<SseEmitter> events() {
		SseEmitter emitter = new SseEmitter(0L);
		emitter.onCompletion(() -> this.emitters.remove(emitter));
		emitter.onError((ex) -> this.emitters.remove(emitter));
		this.emitters.add(emitter);
		send(emitter, this.instance.status());
		// Its end is the connection's: an idle one would hold the drain until its
		// timeout.
		return ResponseEntity.ok().header(HttpHeaders.CONNECTION, "close").body(emitter);
	}

	private void tick() {
		ProcessStatus status = this.instance.status();
		this.emitters.forEach((emitter) -> send(emitter, status));
		boolean released = status.state() == HandoffState.DRAINING || status.state() == HandoffState.TERMINATED;
		if (this.closed || (released && status.connections() <= this.emitters.size())) {
			this.emitters.forEach(this::end);
		}
	}

	/**
	 * Ends the streams also when the application ends, of which Spring Boot's graceful
	 * shutdown would otherwise await the end.
	 */
	@EventListener(ContextClosedEvent.class)
	void close() {
		this.closed = true;
		this.emitters.forEach(this::end);
	}

	private void end(SseEmitter emitter) {
		try {
			emitter.complete();
		}
		catch (IllegalStateException ex) {
			// The client is gone.
			this.emitters.remove(emitter);
		}
	}

	private void send(SseEmitter emitter, ProcessStatus status) {
		try {
			emitter.send(SseEmitter.event().name("tick").reconnectTime(500).data(status, MediaType.APPLICATION_JSON));
		}
		catch (IOException | IllegalStateException ex) {
			// The client is gone, or the stream has ended meanwhile.
			this.emitters.remove(emitter);
		}
	}

	@Override
	public void destroy() {
		this.ticks.cancel(false);
		this.timer.shutdownNow();
	}

	@Configuration(proxyBeanMethods = false)
	static class DrainConfiguration {

		/**
		 * Leaves these streams open while the rest drains, and ends others as usual.
		 */
		@Bean
		LongLivedExchangeDrain longLivedExchangeDrain() {
			return (exchange) -> {
				if (!exchange.path().equals(PATH)) {
					exchange.end();
				}
			};
		}

	}

}
