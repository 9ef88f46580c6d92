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
 * The event streams, WebSocket sessions and streaming calls of this process. When it
 * drains, each is ended at a moment of its own, so that the clients do not all connect to
 * the successor at once: those without an end at the beginning of the drain, those that
 * may end by themselves when its time is nearly up. Safe for use by several threads.
 * <p>
 * Their connections are counted by the drains of the servers that they belong to.
 */
public final class LongLivedExchanges implements Drain, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(LongLivedExchanges.class);

	private final Duration spread;

	private final Duration timeout;

	private final LongLivedExchangeDrain drain;

	private final ScheduledExecutorService timer;

	// An application's drain, or a server's close, may block.
	private final ExecutorService workers;

	// Those whose end is due at some time have a future.
	private final Map<Registration, @Nullable Future<?>> open = new LinkedHashMap<>();

	private boolean draining;

	private long drainStart;

	/**
	 * Creates an empty collection.
	 * @param spread the time over which ends are spread
	 * @param timeout the time that a drain has, at least the spread
	 * @param drain what to do with each
	 */
	public LongLivedExchanges(Duration spread, Duration timeout, LongLivedExchangeDrain drain) {
		this.spread = spread;
		this.timeout = timeout;
		this.drain = drain;
		ThreadFactory threads = new Threads();
		this.timer = Executors.newSingleThreadScheduledExecutor(threads);
		this.workers = Executors.newCachedThreadPool(threads);
	}

	/**
	 * Adds an exchange that has begun and does not end by itself.
	 * @param exchange the exchange
	 * @return its registration, to be closed when the exchange is over
	 */
	public Registration register(LongLivedExchange exchange) {
		return add(new Registration(exchange, false));
	}

	/**
	 * Adds an exchange that has begun and may end by itself, so it gets the time that a
	 * drain has.
	 * @param exchange the exchange
	 * @return its registration, to be closed when the exchange is over
	 */
	public Registration registerFinite(LongLivedExchange exchange) {
		return add(new Registration(exchange, true));
	}

	private Registration add(Registration registration) {
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
			this.drainStart = System.nanoTime();
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
		if (registration.finite) {
			delay += this.timeout.minus(this.spread).toNanos() - (System.nanoTime() - this.drainStart);
		}
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

		private final boolean finite;

		private Registration(LongLivedExchange exchange, boolean finite) {
			this.exchange = exchange;
			this.finite = finite;
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
