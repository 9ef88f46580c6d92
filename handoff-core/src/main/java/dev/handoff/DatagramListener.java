package dev.handoff;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

import org.jspecify.annotations.Nullable;

/**
 * A bound UDP socket that is handed over like a {@link Listener}. Safe for use by several
 * threads.
 * <p>
 * Predecessor and successor hold one socket with one queue in the kernel: a datagram goes
 * to whichever of them receives it, once, and none is lost while neither does, up to
 * SO_RCVBUF (socket(7)). The gate lets one process receive at a time, but for a moment in
 * which a reclaim may open both. Datagrams that belong together may thus go to different
 * processes on either side of a release: what a conversation needs to know beyond one
 * datagram, the application has to share by itself. Both can send at any time.
 * <p>
 * The {@link Handoff} owns it. {@link #close()} gives it up earlier.
 */
public interface DatagramListener extends Closeable {

	/**
	 * {@return the name under which a successor asks for it}
	 */
	String name();

	/**
	 * {@return the address it is bound to, with the real port where 0 was asked for}
	 */
	InetSocketAddress address();

	/**
	 * {@return how this process came by it}
	 */
	Listener.Origin origin();

	/**
	 * Waits until the gate is open and a datagram arrives, and receives it. Blocks for as
	 * long as the gate is closed. Do not interrupt a thread in here, {@link #close()}
	 * instead.
	 * @param buffer where its bytes go; what is longer than the space left is cut off
	 * @return the sender's address, or {@code null} once this process has given the
	 * socket up
	 * @throws IOException if receiving failed; it may be tried again
	 */
	@Nullable SocketAddress receive(ByteBuffer buffer) throws IOException;

	/**
	 * Sends a datagram, whether the gate is open or not: answers may be sent after a
	 * release.
	 * @param buffer its bytes
	 * @param target where to
	 * @return the number of bytes sent, 0 if the kernel's buffer was full
	 * @throws IOException if sending failed, as after {@link #close()}
	 */
	int send(ByteBuffer buffer, SocketAddress target) throws IOException;

	/**
	 * {@return how many datagrams this process has received on it}
	 */
	long receivedCount();

	/**
	 * Returns whether the gate is open.
	 * @return {@code true} if this process receives now
	 */
	boolean isReceiving();

	/**
	 * Gives up this process's copy: threads in {@link #receive} return {@code null}.
	 * Closing twice has no effect.
	 */
	@Override
	void close();

}
