package dev.handoff.internal.unix;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLockInterruptionException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;

import dev.handoff.internal.control.WorkLock;
import org.jspecify.annotations.Nullable;

/**
 * A lock on a file, which the kernel gives back when its process ends (fcntl(2)). The
 * file is never deleted: a process could lock a name that is gone.
 */
final class FileWorkLock implements WorkLock {

	private final Path controlSocket;

	private final long ownUid;

	private @Nullable FileChannel channel;

	FileWorkLock(Path controlSocket, long ownUid) {
		this.controlSocket = controlSocket;
		this.ownUid = ownUid;
	}

	@Override
	@SuppressWarnings("resource") // the lock ends with its channel
	public void lock() throws IOException {
		Path file = new ControlPath(this.controlSocket, this.ownUid).workLockFile();
		FileChannel opened = ClaimLock.open(file);
		try {
			opened.lock();
			this.channel = opened;
		}
		catch (FileLockInterruptionException | ClosedByInterruptException ex) {
			InterruptedIOException interrupted = new InterruptedIOException(
					"Interrupted while waiting for lock '%s'".formatted(file));
			interrupted.initCause(ex);
			throw interrupted;
		}
		catch (OverlappingFileLockException ex) {
			throw new IOException("Lock '%s' is held in this process".formatted(file), ex);
		}
		finally {
			if (this.channel != opened) {
				opened.close();
			}
		}
	}

	@Override
	public void unlock() throws IOException {
		FileChannel held = this.channel;
		this.channel = null;
		if (held != null) {
			held.close();
		}
	}

}
