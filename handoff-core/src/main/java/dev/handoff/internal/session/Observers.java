package dev.handoff.internal.session;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffObserver.StateChange;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The observers of this process and the thread on which they are called. Safe for use by
 * several threads.
 */
final class Observers {

	private static final Logger logger = LoggerFactory.getLogger(Observers.class);

	private final List<HandoffObserver> observers = new CopyOnWriteArrayList<>();

	private final ExecutorService executor = Executors.newSingleThreadExecutor((task) -> {
		Thread thread = new Thread(task, "handoff-observer");
		thread.setDaemon(true);
		return thread;
	});

	void add(HandoffObserver observer) {
		this.observers.add(observer);
	}

	void notify(StateChange change) {
		this.executor.execute(() -> this.observers.forEach((observer) -> call(observer, change)));
	}

	/**
	 * Ends the thread after the calls that are due.
	 */
	void close() {
		this.executor.shutdown();
	}

	private void call(HandoffObserver observer, StateChange change) {
		try {
			observer.stateChanged(change);
		}
		catch (RuntimeException ex) {
			logger.warn("Observer {} failed on {}", observer, change, ex);
		}
	}

}
