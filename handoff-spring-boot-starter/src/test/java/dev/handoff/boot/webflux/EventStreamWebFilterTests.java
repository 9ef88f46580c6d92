package dev.handoff.boot.webflux;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import dev.handoff.boot.LongLivedExchange;
import dev.handoff.boot.LongLivedExchanges;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.reactivestreams.Publisher;
import org.reactivestreams.Subscription;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.core.scheduler.Schedulers;

import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;
import org.springframework.mock.web.server.MockServerWebExchange;
import org.springframework.web.server.ServerWebExchange;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link EventStreamWebFilter}.
 */
@Timeout(60)
class EventStreamWebFilterTests {

	private static final String HOOK = "attempts that are put off";

	private final LongLivedExchanges exchanges = new LongLivedExchanges(Duration.ZERO, Duration.ZERO,
			LongLivedExchange::end);

	private final Sinks.Many<Publisher<DataBuffer>> events = Sinks.many().unicast().onBackpressureBuffer();

	private final Flux<Publisher<DataBuffer>> body = this.events.asFlux();

	private final Server server = new Server();

	private final AtomicInteger attemptsPutOff = new AtomicInteger();

	@BeforeEach
	void countAttempts() {
		Schedulers.onScheduleHook(HOOK, (task) -> {
			this.attemptsPutOff.incrementAndGet();
			return task;
		});
	}

	private void requestByEventSource() {
		request(MockServerHttpRequest.get("/events").accept(MediaType.TEXT_EVENT_STREAM).build());
	}

	private void request(MockServerHttpRequest request) {
		MockServerHttpResponse response = new MockServerHttpResponse();
		response.getHeaders().setContentType(MediaType.TEXT_EVENT_STREAM);
		ServerWebExchange exchange = MockServerWebExchange.from(request)
			.mutate()
			.response(new ServerHttpResponseDecorator(response) {

				@Override
				public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
					return Mono.create((sink) -> {
						EventStreamWebFilterTests.this.server.onComplete = sink::success;
						EventStreamWebFilterTests.this.server.source = body;
						body.subscribe(EventStreamWebFilterTests.this.server);
					});
				}

			})
			.build();
		new EventStreamWebFilter(this.exchanges)
			.filter(exchange, (filtered) -> filtered.getResponse().writeAndFlushWith(this.body))
			.subscribe();
	}

	@AfterEach
	void close() {
		Schedulers.resetOnScheduleHook(HOOK);
		this.exchanges.close();
	}

	@Test
	void silentStreamIsEndedFromOutside() {
		requestByEventSource();
		this.server.request(1);
		this.exchanges.start();
		this.server.awaitEnd();
		assertThat(this.server.written).hasValue(0);
	}

	@Test
	void streamIsEndedBehindTheNextEvent() {
		requestByEventSource();
		emit();
		this.exchanges.start();
		// Without a request there is no end from outside.
		awaitAttemptsInVain();
		emit();
		this.server.request(2);
		this.server.awaitEnd();
		assertThat(this.server.written).hasValue(1);
	}

	@Test
	void streamIsNotEndedWhileAnEventIsWritten() {
		requestByEventSource();
		this.server.request(1);
		emit();
		this.exchanges.start();
		awaitAttemptsInVain();
		// Has written it.
		this.server.request(1);
		this.server.awaitEnd();
		assertThat(this.server.written).hasValue(1);
	}

	@Test
	void streamOfAnotherClientIsNotTouched() {
		request(MockServerHttpRequest.post("/events").accept(MediaType.TEXT_EVENT_STREAM).build());
		assertThat(this.server.source).isSameAs(this.body);
	}

	/**
	 * Waits until the stream has been silent for longer than an end from outside needs:
	 * each attempt comes that much after the one before.
	 */
	private void awaitAttemptsInVain() {
		Awaitility.await().until(() -> this.attemptsPutOff.get() >= 3);
		assertThat(this.server.ended).isFalse();
	}

	private void emit() {
		DataBuffer event = DefaultDataBufferFactory.sharedInstance.wrap("data:x\n\n".getBytes(StandardCharsets.UTF_8));
		assertThat(this.events.tryEmitNext(Mono.just(event))).isEqualTo(Sinks.EmitResult.OK);
	}

	/**
	 * Asks for one event at a time, after it has written the one before.
	 */
	private static final class Server extends BaseSubscriber<Publisher<? extends DataBuffer>> {

		private final AtomicInteger written = new AtomicInteger();

		private volatile boolean ended;

		private @Nullable Publisher<?> source;

		private Runnable onComplete = () -> {
		};

		@Override
		protected void hookOnSubscribe(Subscription subscription) {
			// Asks when the test says so.
		}

		@Override
		protected void hookOnNext(Publisher<? extends DataBuffer> event) {
			this.written.incrementAndGet();
		}

		@Override
		protected void hookOnComplete() {
			this.ended = true;
			this.onComplete.run();
		}

		void awaitEnd() {
			Awaitility.await().until(() -> this.ended);
		}

	}

}
