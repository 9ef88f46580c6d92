package dev.handoff.boot;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.handoff.Drain;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event streams and WebSocket sessions of this process. When it drains, each is ended
 * at a moment of its own, so that the clients do not all connect to the successor at
 * once. Safe for use by several threads.
 * <p>
 * Their connections are counted by the drains of the servers that they belong to.
 */
public final class LongLivedExchanges implements Drain, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LongLivedExchanges.class);

	private final Duration spread;

	private final LongLivedExchangeDrain drain;

	private final ScheduledExecutorService timer;

	// An application's drain, or a server's close, may block.
	private final ExecutorService workers;

	// Those whose end is due at some time have a future.
	private final Map<Registration, @Nullable Future<?>> open = new LinkedHashMap<>();

	private boolean draining;

	/**
	 * Creates an empty collection.
	 * @param spread the time over which ends are spread
	 * @param drain what to do with each
	 */
	public LongLivedExchanges(Duration spread, LongLivedExchangeDrain drain) {
		this.spread = spread;
		this.drain = drain;
		ThreadFactory threads = new Threads();
		this.timer = Executors.newSingleThreadScheduledExecutor(threads);
		this.workers = Executors.newCachedThreadPool(threads);
	}

	/**
	 * Adds an exchange that has begun.
	 * @param exchange the exchange
	 * @return its registration, to be closed when the exchange is over
	 */
	public Registration register(LongLivedExchange exchange) {
		Registration registration = new Registration(exchange);
		synchronized (this.open) {
			this.open.put(registration, null);
			if (this.draining) {
				schedule(registration, ThreadLocalRandom.current().nextDouble());
			}
		}
		return registration;
	}

	@Override
	public int remaining() {
		return 0;
	}

	@Override
	public void start() {
		synchronized (this.open) {
			this.draining = true;
			List<Registration> shuffled = new ArrayList<>(this.open.keySet());
			Collections.shuffle(shuffled);
			for (int i = 0; i < shuffled.size(); i++) {
				schedule(shuffled.get(i), (double) i / shuffled.size());
			}
		}
	}

	@Override
	public void cancel() {
		synchronized (this.open) {
			this.draining = false;
			this.open.replaceAll((registration, end) -> {
				if (end != null) {
					end.cancel(false);
				}
				return null;
			});
		}
	}

	private void schedule(Registration registration, double fraction) {
		long delay = (long) (this.spread.toNanos() * fraction);
		this.open.put(registration,
				this.timer.schedule(() -> this.workers.execute(() -> end(registration)), delay, TimeUnit.NANOSECONDS));
	}

	private void end(Registration registration) {
		synchronized (this.open) {
			if (!this.draining || !this.open.containsKey(registration)) {
				return;
			}
			this.open.remove(registration);
		}
		LongLivedExchange exchange = registration.exchange;
		try {
			this.drain.drain(exchange);
		}
		catch (RuntimeException ex) {
			logger.warn("Exchange {} could not be ended", exchange.path(), ex);
		}
	}

	/**
	 * Ends no more exchanges.
	 */
	@Override
	public void close() {
		this.timer.shutdownNow();
		this.workers.shutdownNow();
	}

	/**
	 * An exchange among the others.
	 */
	public final class Registration implements AutoCloseable {

		private final LongLivedExchange exchange;

		private Registration(LongLivedExchange exchange) {
			this.exchange = exchange;
		}

		/**
		 * Removes the exchange: it is over. Closing twice has no effect.
		 */
		@Override
		public void close() {
			synchronized (LongLivedExchanges.this.open) {
				Future<?> end = LongLivedExchanges.this.open.remove(this);
				if (end != null) {
					end.cancel(false);
				}
			}
		}

	}

	private static final class Threads implements ThreadFactory {

		private final AtomicInteger count = new AtomicInteger();

		@Override
		public Thread newThread(Runnable task) {
			Thread thread = new Thread(task, "handoff-exchange-" + this.count.incrementAndGet());
			thread.setDaemon(true);
			return thread;
		}

	}

}
