package dev.handoff.internal.control;

import java.io.IOException;
import java.io.InterruptedIOException;

/**
 * Belongs to the one process, of those on a control socket, whose background work may
 * run. Used by one thread.
 */
public interface WorkLock {

	/**
	 * Waits until the lock is this process's.
	 * @throws InterruptedIOException if the thread was interrupted
	 * @throws IOException if it cannot be had; may be tried again
	 */
	void lock() throws IOException;

	/**
	 * Gives the lock back.
	 * @throws IOException if that failed; it is given back all the same
	 */
	void unlock() throws IOException;

}
