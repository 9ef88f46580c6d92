package dev.handoff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;

/**
 * A pipe with a path (fifo(7)) from which this process reads, and whose descriptor goes
 * on in the successor. Safe for use by several threads.
 * <p>
 * A handoff leaves no moment without a reader: writers see neither EPIPE nor SIGPIPE, and
 * bytes that nobody has read stay in the pipe. It is open for reading and writing, so
 * there is no end of file either when the last writer closes it.
 * <p>
 * Predecessor and successor hold one pipe, and a byte goes to whichever of them reads it,
 * once. A gate lets one process read at a time, as with a {@link DatagramListener}: the
 * successor from the release on, the predecessor again after a reclaim, which for a
 * moment may open both. What was read before belongs to who read it, and may still be
 * worked on while the successor reads on. So that this is never half a record, write each
 * record with one write(2) of at most PIPE_BUF, 4096 bytes, which the kernel does not cut
 * (pipe(7)), and read into a buffer as large as the pipe, 65,536 bytes unless somebody
 * has changed that: such a read takes all that is there.
 * <p>
 * The {@link Handoff} owns it, and closes it once the successor has it for good.
 * {@link #close()} gives it up earlier.
 */
public interface NamedPipe extends ReadableByteChannel {

	/**
	 * {@return the name under which a successor asks for it}
	 */
	String name();

	/**
	 * {@return the absolute path that was asked for, where the pipe need not be any more}
	 */
	Path path();

	/**
	 * Returns whether it was received from the predecessor.
	 * @return {@code false} if this process opened it
	 */
	boolean isInherited();

	/**
	 * Returns whether the gate is open.
	 * @return {@code true} if this process reads now
	 */
	boolean isReading();

	/**
	 * Waits until the gate is open and there are bytes, and reads them. Blocks for as
	 * long as the gate is closed. Interrupting a thread in here has no effect,
	 * {@link #close()} the pipe instead.
	 * @param buffer where the bytes go
	 * @return how many were read, or -1 once this process has given the pipe up
	 * @throws IOException if reading failed
	 */
	@Override
	int read(ByteBuffer buffer) throws IOException;

	/**
	 * Gives up this process's descriptor: threads in {@link #read} return -1. Another
	 * process's is not affected. Closing twice has no effect.
	 */
	@Override
	void close();

}
