package dev.handoff.internal.operator;

import dev.handoff.internal.control.TimeSource;

/**
 * Tells of the ends of processes, on threads of its own. {@link ProcessHandle#onExit()}
 * tells in the common pool, which an application may keep busy: on a host with two
 * processors that pool has one thread, and JDK 25 uses it nevertheless. Immutable.
 */
final class Exits {

	private final TimeSource time;

	/**
	 * Creates the observer of processes.
	 * @param time the clock
	 */
	Exits(TimeSource time) {
		this.time = time;
	}

	/**
	 * Runs a task when a child of this process has ended and its exit code is known.
	 */
	void of(Process child, Runnable task) {
		start(child.pid(), child::waitFor, task);
	}

	/**
	 * Runs a task when a process has ended that need not be a child of this one: of such
	 * an end nobody is told.
	 */
	void of(ProcessHandle process, Runnable task) {
		start(process.pid(), () -> {
			while (process.isAlive()) {
				this.time.pause();
			}
		}, task);
	}

	private static void start(long pid, Wait wait, Runnable task) {
		Thread thread = new Thread(() -> {
			try {
				wait.await();
			}
			catch (InterruptedException ex) {
				// By nobody who knows it. What is due is told at its deadline.
				return;
			}
			task.run();
		}, "handoff-exit-of-" + pid);
		thread.setDaemon(true);
		thread.start();
	}

	private interface Wait {

		void await() throws InterruptedException;

	}

}
