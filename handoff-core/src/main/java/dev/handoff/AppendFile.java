package dev.handoff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/**
 * A regular file that is only appended to, such as a journal or a log, whose descriptor
 * goes on in the successor. Safe for use by several threads.
 * <p>
 * Predecessor and successor share one descriptor and may write at the same time, before
 * and after the release: it has no gate. It was opened with O_APPEND, so the kernel finds
 * the end of the file and writes there in one step (open(2)). Each call of {@link #write}
 * is one write(2), which file systems of the host itself do not mix with another one, so
 * the calls of both processes are in the file one after the other, none of them cut, in
 * the order in which they were made. On NFS the end of the file may be found wrong
 * (open(2), O_APPEND).
 * <p>
 * The successor goes on with the very file that the predecessor has open, also if it was
 * renamed, replaced or removed since: see {@link #isAtPath()}. Threads that are
 * interrupted do not close it.
 * <p>
 * It stays open after a release, while the process drains and until
 * {@link Handoff#close()}, so that the last line of a process that ends is written too.
 * {@link #close()} gives it up earlier.
 */
public interface AppendFile extends WritableByteChannel {

	/**
	 * {@return the name under which a successor asks for it}
	 */
	String name();

	/**
	 * {@return the absolute path that was asked for, where the file need not be any more}
	 */
	Path path();

	/**
	 * Returns whether it was received from the predecessor.
	 * @return {@code false} if this process opened it
	 */
	boolean isInherited();

	/**
	 * Returns whether the path still leads to this file. If it does not, because the file
	 * was rotated for instance, close it and ask for one of that name again: both
	 * processes of a handoff have to, each for itself.
	 * @return {@code false} if the file was renamed, replaced or removed
	 */
	boolean isAtPath();

	/**
	 * Appends bytes with one write(2).
	 * @param source the bytes
	 * @return how many were written: all of them, unless the disk or a limit was full
	 * @throws IOException if writing failed, as with ENOSPC or after {@link #close()}
	 */
	@Override
	int write(ByteBuffer source) throws IOException;

	/**
	 * Waits until what has been written is on the storage device (fsync(2)).
	 * @throws IOException if that failed
	 */
	void force() throws IOException;

	/**
	 * Gives up this process's descriptor; another process's is not affected. Closing
	 * twice has no effect.
	 */
	@Override
	void close();

}
