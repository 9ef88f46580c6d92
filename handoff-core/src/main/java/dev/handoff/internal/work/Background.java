package dev.handoff.internal.work;

import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.handoff.BackgroundWork;
import dev.handoff.Drain;
import dev.handoff.internal.control.WorkLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the background work of this process while it serves and no other process's work
 * runs. Its thread is made for the first work. Safe for use by several threads, none of
 * which is made to wait.
 */
public final class Background implements Drain {

	private static final Logger logger = LoggerFactory.getLogger(Background.class);

	private static final long RETRY_MILLIS = 1000;

	private static final int TOLERATED_FAILURES = 5;

	private static final String WITHOUT_THREAD = "running work goes on, no other is started or stopped";

	private final WorkLock lock;

	private final List<BackgroundWork> works = new ArrayList<>();

	// What was started, or could not be, since this process began to serve.
	private final Set<BackgroundWork> begun = Collections.newSetFromMap(new IdentityHashMap<>());

	private final Deque<BackgroundWork> running = new ArrayDeque<>();

	// Tried again when this process next begins to serve.
	private final List<BackgroundWork> failed = new ArrayList<>();

	private @Nullable Thread thread;

	private boolean serving;

	private boolean closed;

	private boolean locked;

	private boolean locking;

	// That was said.
	private boolean failing;

	// Some work failed to stop, so the lock is kept as long as this process lives.
	private boolean tainted;

	public Background(WorkLock lock) {
		this.lock = lock;
	}

	public synchronized void register(BackgroundWork work) {
		this.works.add(work);
		if (this.thread == null && !this.closed) {
			this.thread = new Thread(this::run, "handoff-background");
			this.thread.setDaemon(true);
			this.thread.start();
		}
		notifyAll();
	}

	public synchronized void serving(boolean serves) {
		if (serves && !this.serving) {
			this.failed.forEach(this.begun::remove);
			this.failed.clear();
		}
		this.serving = serves;
		if (!serves && this.locking && this.thread != null) {
			this.thread.interrupt();
		}
		notifyAll();
	}

	public synchronized void close() {
		this.closed = true;
		serving(false);
	}

	/**
	 * Returns how much work has not stopped, for which a process that drains waits; none
	 * while it serves, when that is no reason to wait.
	 */
	@Override
	public synchronized int remaining() {
		return this.serving ? 0 : this.running.size();
	}

	@Override
	public synchronized Map<String, Integer> force() {
		return this.running.isEmpty() ? Map.of() : Map.of("background work", this.running.size());
	}

	private void run() {
		for (int failures = 0; failures <= TOLERATED_FAILURES; failures++) {
			try {
				moveOn();
				return;
			}
			catch (InterruptedException ex) {
				logger.error("The thread of the background work was interrupted: {}", WITHOUT_THREAD, ex);
				return;
			}
			catch (Throwable ex) {
				logger.error("The thread of the background work failed, {}",
						(failures < TOLERATED_FAILURES) ? "and goes on" : WITHOUT_THREAD, ex);
			}
		}
	}

	private void moveOn() throws InterruptedException {
		for (Move move = next(); move != Move.END; move = next()) {
			switch (move) {
				case LOCK -> lock();
				case START -> startNext();
				case STOP -> stopLast();
				case UNLOCK -> unlock();
				case END -> {
				}
			}
		}
	}

	private synchronized Move next() throws InterruptedException {
		while (true) {
			if (this.serving && !this.locked) {
				this.locking = true;
				return Move.LOCK;
			}
			if (this.serving && this.begun.size() < this.works.size()) {
				return Move.START;
			}
			if (!this.serving && !this.running.isEmpty()) {
				return Move.STOP;
			}
			if (!this.serving && this.locked && !this.tainted) {
				return Move.UNLOCK;
			}
			if (this.closed) {
				return Move.END;
			}
			wait();
		}
	}

	@SuppressWarnings("WaitNotInLoop") // who wakes early tries again early
	private void lock() throws InterruptedException {
		Throwable failure = null;
		try {
			this.lock.lock();
		}
		catch (Throwable ex) {
			failure = ex;
		}
		synchronized (this) {
			this.locking = false;
			this.locked = failure == null;
			// It was meant for the wait only.
			Thread.interrupted();
			this.failing &= failure != null;
			if (failure == null || failure instanceof InterruptedIOException) {
				return;
			}
			if (!this.failing) {
				logger.error("No background work can run, trying again every {} ms", RETRY_MILLIS, failure);
			}
			this.failing = true;
			if (this.serving) {
				wait(RETRY_MILLIS);
			}
		}
	}

	private void startNext() {
		BackgroundWork work = nextToStart();
		try {
			work.start();
		}
		catch (Throwable ex) {
			logger.error("Background work {} was not started", work, ex);
			synchronized (this) {
				this.failed.add(work);
			}
			return;
		}
		synchronized (this) {
			this.running.push(work);
		}
	}

	private synchronized BackgroundWork nextToStart() {
		BackgroundWork next = this.works.stream()
			.filter((work) -> !this.begun.contains(work))
			.findFirst()
			.orElseThrow();
		this.begun.add(next);
		this.tainted = false;
		return next;
	}

	private void stopLast() throws InterruptedException {
		BackgroundWork work;
		synchronized (this) {
			work = this.running.element();
		}
		boolean stopped = false;
		try {
			work.stop();
			stopped = true;
		}
		catch (Throwable ex) {
			logger.error(
					"Background work {} did not stop. No other process can run its background work until this one has ended",
					work, ex);
		}
		synchronized (this) {
			this.running.remove(work);
			this.begun.remove(work);
			this.tainted |= !stopped;
		}
	}

	private void unlock() {
		try {
			this.lock.unlock();
		}
		catch (Throwable ex) {
			logger.warn("The lock of the background work could not be given back cleanly", ex);
		}
		synchronized (this) {
			this.locked = false;
		}
	}

	private enum Move {

		LOCK, START, STOP, UNLOCK, END

	}

}
