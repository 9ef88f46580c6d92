package dev.handoff.boot.load;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How many requests a client has sent, and what became of those that failed. Safe for use
 * by several threads.
 */
public final class Tally {

	private final String client;

	private final AtomicLong requests = new AtomicLong();

	private final Map<String, Long> failures = new TreeMap<>();

	Tally(String client) {
		this.client = client;
	}

	void add(long count) {
		this.requests.addAndGet(count);
	}

	void fail(String what, long count) {
		if (count > 0) {
			synchronized (this.failures) {
				this.failures.merge(what, count, Long::sum);
			}
		}
	}

	/**
	 * Returns how many requests were sent.
	 */
	public long requests() {
		return this.requests.get();
	}

	/**
	 * Returns whether every request was answered as it should be.
	 */
	public boolean isClean() {
		synchronized (this.failures) {
			return this.failures.isEmpty();
		}
	}

	@Override
	public String toString() {
		synchronized (this.failures) {
			return "%s: %d requests, failed %s".formatted(this.client, this.requests.get(), this.failures);
		}
	}

}
