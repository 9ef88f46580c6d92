package dev.handoff.boot.load;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;

/**
 * A client in this JVM whose threads send one request after the other, with random pauses
 * of up to 40 ms.
 */
abstract class ThreadedLoad implements LoadClient {

	/** The body of each POST. */
	static final String BODY = "x".repeat(16 * 1024);

	private static final int THREADS = 4;

	private final Tally tally;

	private final List<Thread> threads = new ArrayList<>();

	private volatile boolean stopped;

	ThreadedLoad(String name) {
		this.tally = new Tally(name);
	}

	/**
	 * Starts the threads, once the subclass can send.
	 */
	final void start() {
		for (int i = 0; i < THREADS; i++) {
			boolean post = i % 2 == 0;
			Thread thread = new Thread(() -> run(post), "load");
			thread.setDaemon(true);
			this.threads.add(thread);
			thread.start();
		}
	}

	private void run(boolean post) {
		while (!this.stopped) {
			this.tally.add(1);
			try {
				String body = post ? post(BODY) : get();
				String expected = post ? Integer.toString(BODY.length()) : "generation ";
				if (!body.startsWith(expected)) {
					this.tally.fail("answer " + body, 1);
				}
			}
			catch (Exception ex) {
				this.tally.fail((post ? "POST " : "GET ") + ex, 1);
			}
			LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(40_000_000));
		}
	}

	abstract String get() throws Exception;

	abstract String post(String body) throws Exception;

	@Override
	public void close() {
		this.stopped = true;
	}

	@Override
	public Tally stop() throws InterruptedException {
		this.stopped = true;
		for (Thread thread : this.threads) {
			thread.join(30_000);
		}
		return this.tally;
	}

}
