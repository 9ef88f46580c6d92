package dev.handoff.boot.webflux;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

import dev.handoff.boot.EventSource;
import dev.handoff.boot.EventStream;
import dev.handoff.boot.LongLivedExchanges;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;
import reactor.core.publisher.Sinks;

import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.http.server.reactive.ServerHttpResponseDecorator;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;

/**
 * Finds the event streams among responses to event sources, so that they are completed,
 * between two events, when the process drains. No other response is touched.
 */
public final class EventStreamWebFilter implements WebFilter, Ordered {

	private final LongLivedExchanges exchanges;

	/**
	 * Creates a filter.
	 * @param exchanges where event streams are registered
	 */
	public EventStreamWebFilter(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	@Override
	public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
		ServerHttpRequest request = exchange.getRequest();
		if (!EventSource.canSend(request.getMethod().name(), request.getHeaders().getOrEmpty(HttpHeaders.ACCEPT))) {
			return chain.filter(exchange);
		}
		String path = request.getPath().value();
		return chain.filter(exchange.mutate().response(new Response(exchange.getResponse(), path)).build());
	}

	@Override
	public int getOrder() {
		return HIGHEST_PRECEDENCE;
	}

	private final class Response extends ServerHttpResponseDecorator {

		private final String path;

		Response(ServerHttpResponse response, String path) {
			super(response);
			this.path = path;
		}

		// Each inner publisher is one event.
		@Override
		public Mono<Void> writeAndFlushWith(Publisher<? extends Publisher<? extends DataBuffer>> body) {
			if (!MediaType.TEXT_EVENT_STREAM.isCompatibleWith(getHeaders().getContentType())) {
				return super.writeAndFlushWith(body);
			}
			return Mono.defer(() -> {
				Stream stream = new Stream(this.path);
				@SuppressWarnings("resource") // closed when the response is over
				LongLivedExchanges.Registration registration = EventStreamWebFilter.this.exchanges.register(stream);
				return super.writeAndFlushWith(stream.endIn(Flux.from(body))).doFinally((signal) -> {
					registration.close();
					stream.over = true;
				});
			});
		}

	}

	/**
	 * A stream that is ended by the thread that emits its events, behind the next one.
	 * One that is silent is ended from outside, while the server asks for the next event:
	 * on Tomcat, an end that comes from another thread while an event is written can
	 * break the connection.
	 */
	private static final class Stream implements EventStream {

		private static final Duration SILENCE = Duration.ofMillis(200);

		private final Sinks.Empty<Void> ended = Sinks.empty();

		private final String path;

		private volatile long lastEvent = System.nanoTime();

		// How many events the server has asked for and not got: on the servlet API's
		// servers none while one is written.
		private final AtomicLong demand = new AtomicLong();

		private volatile boolean ending;

		private volatile boolean over;

		Stream(String path) {
			this.path = path;
		}

		<T> Flux<T> endIn(Flux<T> events) {
			return events.doOnNext((event) -> {
				this.demand.decrementAndGet();
				this.lastEvent = System.nanoTime();
			})
				.takeUntil((event) -> this.ending)
				.takeUntilOther(this.ended.asMono())
				.doOnRequest((count) -> this.demand.accumulateAndGet(count, Operators::addCap));
		}

		@Override
		public String path() {
			return this.path;
		}

		@Override
		public void end() {
			this.ending = true;
			if (this.over) {
				return;
			}
			if (System.nanoTime() - this.lastEvent >= SILENCE.toNanos() && this.demand.get() > 0) {
				// Fails if it has ended before.
				this.ended.tryEmitEmpty();
			}
			else {
				Mono.delay(SILENCE).subscribe((unused) -> end());
			}
		}

	}

}
