package dev.handoff.boot;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * When event streams, WebSocket sessions and streaming calls end.
 */
@Timeout(60)
class LongLivedExchangesTests {

	private static final Duration TIMEOUT = Duration.ofHours(1);

	private final BlockingQueue<String> ended = new LinkedBlockingQueue<>();

	@Test
	void drainEndsEachOnce() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ZERO, LongLivedExchange::end)) {
			exchanges.register(exchange("/a"));
			exchanges.register(exchange("/b"));
			exchanges.start();
			assertThat(new String[] { take(), take() }).containsExactlyInAnyOrder("/a", "/b");
			assertThat(this.ended).isEmpty();
		}
	}

	@Test
	void oneThatBeginsDuringTheDrainEndsToo() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ZERO, LongLivedExchange::end)) {
			exchanges.start();
			exchanges.register(exchange("/late"));
			assertThat(take()).isEqualTo("/late");
		}
	}

	@Test
	void oneThatMayEndByItselfGetsTheTimeThatADrainHas() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ZERO, LongLivedExchange::end)) {
			exchanges.registerFinite(exchange("/finite"));
			exchanges.register(exchange("/endless"));
			exchanges.start();
			exchanges.registerFinite(exchange("/late-finite"));
			exchanges.register(exchange("/late-endless"));
			assertThat(new String[] { take(), take() }).containsExactlyInAnyOrder("/endless", "/late-endless");
			assertThat(this.ended).isEmpty();
		}
		try (LongLivedExchanges exchanges = new LongLivedExchanges(Duration.ZERO, Duration.ofSeconds(1),
				LongLivedExchange::end)) {
			exchanges.registerFinite(exchange("/finite"));
			exchanges.start();
			assertThat(take()).isEqualTo("/finite");
		}
	}

	@Test
	void endsAreSpread() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(TIMEOUT, LongLivedExchange::end)) {
			for (int i = 0; i < 100; i++) {
				exchanges.register(exchange("/" + i));
			}
			exchanges.start();
			take();
			// The second is due 36 seconds later.
			assertThat(this.ended).isEmpty();
		}
	}

	@Test
	void cancelledDrainEndsNoMore() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ofSeconds(8), LongLivedExchange::end)) {
			exchanges.register(exchange("/a"));
			exchanges.register(exchange("/b"));
			exchanges.start();
			String first = take();
			exchanges.cancel();
			// The second was due four seconds after the first.
			assertThat(this.ended.poll(4500, TimeUnit.MILLISECONDS)).isNull();
			exchanges.start();
			assertThat(take()).isNotEqualTo(first).isIn("/a", "/b");
		}
	}

	@Test
	void oneThatIsOverIsNotEnded() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ZERO, LongLivedExchange::end)) {
			exchanges.register(exchange("/over")).close();
			exchanges.register(exchange("/open"));
			exchanges.start();
			assertThat(take()).isEqualTo("/open");
			assertThat(this.ended).isEmpty();
		}
	}

	@Test
	void applicationSaysWhatHappensAndOneFailureStopsNoOther() throws Exception {
		try (LongLivedExchanges exchanges = exchanges(Duration.ZERO, (exchange) -> {
			this.ended.add("drain " + exchange.path());
			throw new IllegalStateException("the application's drain fails");
		})) {
			exchanges.register(exchange("/a"));
			exchanges.register(exchange("/b"));
			exchanges.start();
			assertThat(new String[] { take(), take() }).containsExactlyInAnyOrder("drain /a", "drain /b");
			assertThat(this.ended).isEmpty();
		}
	}

	@Test
	void webSocketsAreClosedWithServiceRestart() {
		StringBuilder closed = new StringBuilder();
		WebSocketExchange session = new WebSocketExchange() {

			@Override
			public String path() {
				return "/socket";
			}

			@Override
			public void close(int code, String reason) {
				closed.append(code).append(' ').append(reason);
			}

		};
		session.end();
		assertThat(closed).hasToString("1012 Service Restart");
	}

	private static LongLivedExchanges exchanges(Duration spread, LongLivedExchangeDrain drain) {
		return new LongLivedExchanges(spread, TIMEOUT, drain);
	}

	private LongLivedExchange exchange(String path) {
		return new EventStream() {

			@Override
			public String path() {
				return path;
			}

			@Override
			public void end() {
				LongLivedExchangesTests.this.ended.add(path);
			}

		};
	}

	private String take() throws InterruptedException {
		return String.valueOf(this.ended.poll(10, TimeUnit.SECONDS));
	}

}
