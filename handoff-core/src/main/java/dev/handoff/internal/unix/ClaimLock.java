package dev.handoff.internal.unix;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The exclusive lock on the file beside the control socket, which decides who is first
 * when two processes start with no predecessor. The file is never deleted: a process
 * could lock a name that is gone. Released by any thread.
 */
final class ClaimLock implements Closeable {

	// A process does not lock itself out (fcntl(2)), and loses its lock with the first
	// descriptor of the file that it closes: so only one at a time opens it here.
	private static final ConcurrentMap<Path, Semaphore> IN_THIS_PROCESS = new ConcurrentHashMap<>();

	private final Semaphore permit;

	private final FileChannel channel;

	private ClaimLock(Semaphore permit, FileChannel channel) {
		this.permit = permit;
		this.channel = channel;
	}

	/**
	 * Waits for the lock.
	 * @param file the lock file, created if there is none
	 * @param timeout how long to wait, for each of this process and the others
	 * @return the lock
	 * @throws IOException if others hold it for longer than that
	 */
	static ClaimLock acquire(Path file, Duration timeout) throws IOException {
		Semaphore permit = IN_THIS_PROCESS.computeIfAbsent(file, (key) -> new Semaphore(1));
		FileChannel channel = null;
		boolean acquired = false;
		try {
			if (!permit.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
				throw heldByOthers(file, timeout);
			}
			try {
				channel = open(file);
				lock(channel, file, timeout);
				acquired = true;
				return new ClaimLock(permit, channel);
			}
			finally {
				if (!acquired) {
					if (channel != null) {
						channel.close();
					}
					permit.release();
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while waiting for lock '%s'".formatted(file));
		}
	}

	/**
	 * Opens a lock file, and creates it if there is none.
	 */
	static FileChannel open(Path file) throws IOException {
		return FileChannel.open(file,
				Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
	}

	// The only wait for a file lock that has an end and does not poll: closing the
	// channel.
	private static void lock(FileChannel channel, Path file, Duration timeout)
			throws IOException, InterruptedException {
		try {
			if (channel.tryLock() != null) {
				return;
			}
		}
		catch (OverlappingFileLockException ex) {
			// Held by another copy of this class in this process.
			throw heldByOthers(file, Duration.ZERO);
		}
		FutureTask<?> task = new FutureTask<>(channel::lock);
		Thread thread = new Thread(task, "handoff-lock");
		thread.setDaemon(true);
		thread.start();
		try {
			task.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (TimeoutException ex) {
			throw heldByOthers(file, timeout);
		}
		catch (ExecutionException ex) {
			throw new IOException("Lock '%s' cannot be taken".formatted(file), ex.getCause());
		}
	}

	private static IOException heldByOthers(Path file, Duration timeout) {
		return new IOException("Lock '%s' has been held by another process for %s".formatted(file, timeout));
	}

	@Override
	public void close() throws IOException {
		try {
			this.channel.close();
		}
		finally {
			this.permit.release();
		}
	}

}
