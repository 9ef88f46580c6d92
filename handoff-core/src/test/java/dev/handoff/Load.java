package dev.handoff;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Clients that open a connection for each request and count what fails, by kind and by
 * the generation that answered. Bounded in requests; never retries.
 */
public final class Load implements AutoCloseable {

	private static final int MAX_REQUESTS_PER_CLIENT = 200_000;

	private final List<Thread> clients = new ArrayList<>();

	private final AtomicLong succeeded = new AtomicLong();

	private final Map<String, AtomicInteger> failures = new ConcurrentHashMap<>();

	private final Map<String, AtomicInteger> generations = new ConcurrentHashMap<>();

	private volatile boolean stopped;

	public static Load on(int port, int clients) {
		Load load = new Load();
		for (int i = 0; i < clients; i++) {
			Thread client = new Thread(() -> load.run(port), "client");
			client.setDaemon(true);
			load.clients.add(client);
			client.start();
		}
		return load;
	}

	private void run(int port) {
		for (int i = 0; i < MAX_REQUESTS_PER_CLIENT && !this.stopped; i++) {
			try {
				String answer = LineClient.ask(port, "hello");
				String generation = answer.replaceFirst(".*generation (\\d+) .*", "$1");
				this.generations.computeIfAbsent(generation, (key) -> new AtomicInteger()).incrementAndGet();
				this.succeeded.incrementAndGet();
			}
			catch (IOException ex) {
				this.failures.computeIfAbsent(ex.toString(), (key) -> new AtomicInteger()).incrementAndGet();
			}
		}
	}

	public long succeeded() {
		return this.succeeded.get();
	}

	public int answeredBy(int generation) {
		AtomicInteger count = this.generations.get(Integer.toString(generation));
		return (count != null) ? count.get() : 0;
	}

	/**
	 * Ends the load and returns the failures by kind.
	 */
	public Map<String, AtomicInteger> stop() {
		this.stopped = true;
		for (Thread client : this.clients) {
			try {
				client.join(40_000);
			}
			catch (InterruptedException ex) {
				throw new AssertionError(ex);
			}
		}
		return this.failures;
	}

	@Override
	public void close() {
		stop();
	}

}
