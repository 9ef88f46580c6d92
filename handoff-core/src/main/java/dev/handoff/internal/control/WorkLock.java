package dev.handoff.internal.control;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Belongs to the one process, of those on a control socket, whose background work may
 * run. Locked and unlocked by one thread; the rest is safe for use by another.
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

	/**
	 * Returns the file that is locked, for a successor: whatever becomes of its name, the
	 * two processes must mean the same one.
	 * @return its descriptor, open as long as this process lives, {@code null} if this
	 * process has not needed the lock
	 */
	@Nullable FileDescriptor file();

	/**
	 * {@return the file's name}
	 */
	Path path();

	/**
	 * Locks the predecessor's file from now on. To be called before the lock is needed.
	 * @param file its descriptor, open for appending, not the caller's from now on
	 */
	void inherit(FileDescriptor file);

}
