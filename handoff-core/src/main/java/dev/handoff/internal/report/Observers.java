package dev.handoff.internal.report;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffReport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The observers of this process and the thread on which they are called. Safe for use by
 * several threads.
 */
public final class Observers implements ReportListener {

	private static final Logger logger = LoggerFactory.getLogger(Observers.class);

	// What an observer that is stuck does not hear of must not fill the memory.
	private static final int MAX_PENDING = 1000;

	private final List<HandoffObserver> observers = new CopyOnWriteArrayList<>();

	private final AtomicInteger pending = new AtomicInteger();

	private final AtomicBoolean behind = new AtomicBoolean();

	private final ExecutorService executor = Executors.newSingleThreadExecutor((task) -> {
		Thread thread = new Thread(task, "handoff-observer");
		thread.setDaemon(true);
		return thread;
	});

	public void add(HandoffObserver observer) {
		this.observers.add(observer);
	}

	public void notify(StateChange change) {
		notify((observer) -> observer.stateChanged(change), change);
	}

	@Override
	public void decided(HandoffReport report) {
		notify((observer) -> observer.handoffDecided(report), report);
	}

	@Override
	public void completed(HandoffReport report) {
		notify((observer) -> observer.handoffReported(report), report);
	}

	/**
	 * Runs a task on the observers' thread, or on the caller's once that has ended.
	 */
	public void execute(Runnable task) {
		try {
			this.executor.execute(task);
		}
		catch (RejectedExecutionException ex) {
			task.run();
		}
	}

	/**
	 * Ends the thread after the calls that are due.
	 */
	public void close() {
		this.executor.shutdown();
	}

	private void notify(Consumer<HandoffObserver> call, Object news) {
		int before = this.pending.getAndIncrement();
		if (before >= MAX_PENDING) {
			this.pending.decrementAndGet();
			if (!this.behind.getAndSet(true)) {
				logger.warn("The observers of the handoff are {} calls behind and are not told of the next ones. "
						+ "One of them does not return", MAX_PENDING);
			}
			return;
		}
		execute(() -> {
			this.pending.decrementAndGet();
			this.behind.set(false);
			this.observers.forEach((observer) -> tell(observer, call, news));
		});
	}

	private static void tell(HandoffObserver observer, Consumer<HandoffObserver> call, Object news) {
		try {
			call.accept(observer);
		}
		catch (Throwable ex) {
			logger.warn("Observer {} failed on {}", observer, news, ex);
		}
	}

}
