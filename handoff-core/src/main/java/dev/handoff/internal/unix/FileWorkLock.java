package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.socket.Platform;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file, which the kernel gives back when its process ends (fcntl(2)). It is
 * never deleted here, and is handed to the successor, because others do delete files: two
 * processes that each make it again would each have a lock.
 */
final class FileWorkLock implements WorkLock {

	private final Path controlSocket;

	private final long ownUid;

	// Stays open: a process loses its lock with the first descriptor of the file that it
	// closes (fcntl(2)).
	private @Nullable FileDescriptor file;

	// What is at the path does not matter any more.
	private boolean inherited;

	private @Nullable FileChannel locked;

	FileWorkLock(Path controlSocket, long ownUid) {
		this.controlSocket = controlSocket;
		this.ownUid = ownUid;
	}

	@Override
	public Path path() {
		return new ControlPath(this.controlSocket, this.ownUid).workLockFile();
	}

	@Override
	public synchronized @Nullable FileDescriptor file() {
		return this.file;
	}

	@Override
	public synchronized void inherit(FileDescriptor received) {
		if (this.file != null) {
			Descriptors.close(this.file);
		}
		this.file = received;
		this.inherited = true;
	}

	@Override
	public void lock() throws IOException {
		FileChannel channel = null;
		while (channel == null) {
			FileDescriptor candidate = open();
			channel = lock(candidate);
			if (!isCurrent(candidate)) {
				// It was removed while this process waited for it.
				channel.close();
				channel = null;
				forget(candidate);
			}
		}
		this.locked = channel;
	}

	private synchronized FileDescriptor open() throws IOException {
		if (this.file == null) {
			Path path = path();
			// For this user only: who may read it could lock it.
			ClaimLock.open(path).close();
			this.file = descriptor(path);
		}
		return this.file;
	}

	@SuppressWarnings("resource") // the descriptor stays open
	private static FileDescriptor descriptor(Path path) throws IOException {
		return new FileOutputStream(path.toFile(), true).getFD();
	}

	private FileChannel lock(FileDescriptor candidate) throws IOException {
		// An interrupted thread closes its channel.
		FileChannel channel = new FileOutputStream(Descriptors.duplicate(candidate)).getChannel();
		boolean locked = false;
		try {
			channel.lock();
			locked = true;
			return channel;
		}
		catch (FileLockInterruptionException | ClosedByInterruptException ex) {
			InterruptedIOException interrupted = new InterruptedIOException(
					"Interrupted while waiting for lock '%s'".formatted(path()));
			interrupted.initCause(ex);
			throw interrupted;
		}
		catch (OverlappingFileLockException ex) {
			throw new IOException("Lock '%s' is held in this process".formatted(path()), ex);
		}
		finally {
			if (!locked) {
				channel.close();
			}
		}
	}

	private synchronized boolean isCurrent(FileDescriptor candidate) throws IOException {
		return this.inherited || !Platform.isLinux() || FileFacts.of(candidate).isAt(path());
	}

	private synchronized void forget(FileDescriptor candidate) {
		Descriptors.close(candidate);
		this.file = null;
	}

	@Override
	public void unlock() throws IOException {
		FileChannel held = this.locked;
		this.locked = null;
		if (held != null) {
			held.close();
		}
	}

}
