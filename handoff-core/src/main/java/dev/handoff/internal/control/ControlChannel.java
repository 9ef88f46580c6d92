package dev.handoff.internal.control;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * One connection on the control socket. Non-blocking.
 */
public interface ControlChannel extends Closeable {

	/**
	 * Reads what has arrived. Descriptors that came along can be taken afterwards.
	 * @param target where to put it
	 * @return the number of bytes, 0 if there are none now, -1 at the end: the peer
	 * closed the connection, died or reset it (ECONNRESET)
	 * @throws IOException if reading failed for good otherwise
	 */
	int read(ByteBuffer target) throws IOException;

	/**
	 * Sets whether descriptors may come. Initially not: the kernel closes those that do.
	 * @param expected whether they may
	 */
	void expectDescriptors(boolean expected);

	/**
	 * Takes the descriptors received so far, in the order in which they were sent. They
	 * are close-on-exec, independent of this channel and owned by the caller.
	 * @return the descriptors, empty if there are none
	 * @throws IOException if they cannot be taken; they are closed then
	 */
	List<FileDescriptor> takeDescriptors() throws IOException;

	/**
	 * Writes as much as can be written now. The descriptors travel with the first byte:
	 * once one or more bytes are written they have been sent.
	 * @param source what to write
	 * @param descriptors at most {@link #MAX_DESCRIPTORS} descriptors, stay owned by the
	 * caller
	 * @return the number of bytes written, 0 if none can be written now, -1 if the peer
	 * does not read any more (EPIPE), which says nothing about what it has sent
	 * @throws IOException if writing failed otherwise
	 */
	int write(ByteBuffer source, List<FileDescriptor> descriptors) throws IOException;

	/**
	 * Sets whether {@link ControlTransport#poll} wakes up when the channel can be
	 * written. Initially not.
	 * @param awaited whether it does
	 */
	void setWriteAwaited(boolean awaited);

	/**
	 * Returns who is at the other end (unix(7), SO_PEERCRED). As the dialler sees it,
	 * that is whoever last called listen(2).
	 * @return the credentials
	 * @throws IOException if the kernel does not say
	 */
	PeerCredentials peer() throws IOException;

	/**
	 * Closes the connection, and every received descriptor that was not taken.
	 */
	@Override
	void close();

	/**
	 * How many descriptors one write can carry: junixsocket's buffer for receiving takes
	 * no more, the kernel would take 253 (SCM_MAX_FD).
	 */
	int MAX_DESCRIPTORS = 60;

	/**
	 * The identity of a peer.
	 *
	 * @param uid the effective user id; 65534 if it is not mapped in this user namespace
	 * @param pid the process id, 0 if it is of another pid namespace; for logs only
	 */
	record PeerCredentials(long uid, long pid) {
	}

}
