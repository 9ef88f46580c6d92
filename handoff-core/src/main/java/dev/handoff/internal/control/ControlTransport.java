package dev.handoff.internal.control;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

import dev.handoff.ControlSocketException;
import org.jspecify.annotations.Nullable;

/**
 * Makes control listeners and control channels and waits for their I/O. All channels are
 * non-blocking. Used by one thread, but for {@link #wakeup()}.
 */
public interface ControlTransport extends Closeable {

	/**
	 * The environment variable that tells a process that its standard input is the
	 * control channel to the process that started it.
	 */
	String CHANNEL_VARIABLE = "HANDOFF_CHANNEL";

	/**
	 * The value of {@link #CHANNEL_VARIABLE}.
	 */
	String STANDARD_INPUT = "stdin";

	/**
	 * Connects to the control socket.
	 * @param path the control socket
	 * @return a channel, empty if nobody listens there: no such file, or a file that no
	 * process holds (ECONNREFUSED)
	 * @throws ControlSocketException if the path or its directory cannot be trusted or
	 * used
	 * @throws IOException if the attempt failed otherwise; may be tried again
	 */
	Optional<ControlChannel> dial(Path path) throws IOException;

	/**
	 * Makes a channel to a process that this one is about to start.
	 * @return the channel
	 * @throws IOException if there are no more descriptors
	 */
	ChildChannel openChildChannel() throws IOException;

	/**
	 * Takes the channel that this process was given by the one that started it, of which
	 * the environment tells. Only the first call finds it.
	 * @return the channel, empty if there is none
	 * @throws IOException if it cannot be used
	 */
	Optional<ControlChannel> inherited() throws IOException;

	/**
	 * Becomes the first listener on the control socket, under the lock file beside it: a
	 * stale socket file is replaced, a live one never.
	 * @param path the control socket
	 * @return a listener, empty if somebody listens there by now
	 * @throws ControlSocketException if the path or its directory cannot be trusted or
	 * used
	 * @throws IOException if binding failed otherwise
	 */
	Optional<ControlListener> claim(Path path) throws IOException;

	/**
	 * Tells which file a control socket has.
	 * @param path the control socket
	 * @return something that is equal for the same file only, empty if there is none
	 * @throws IOException if it cannot be looked at
	 */
	Optional<Object> fileOf(Path path) throws IOException;

	/**
	 * Adopts a received control listener.
	 * @param descriptor a listening unix-domain stream socket; owned by the result
	 * @return the listener
	 * @throws IOException if it cannot be used; the descriptor is closed then
	 */
	ControlListener adopt(FileDescriptor descriptor) throws IOException;

	/**
	 * Returns the lock of background work on a control socket, to be used by one thread,
	 * which may be another.
	 * @param path the control socket
	 * @return the lock, not acquired
	 */
	WorkLock workLock(Path path);

	/**
	 * Waits until some channel may have something to read, can be written that could not,
	 * or some accepting listener may have a connection, or {@link #wakeup()} is called.
	 * May return early.
	 * @param timeout the longest time to wait, {@code null} for no limit
	 * @throws IOException if waiting failed for good
	 */
	void poll(@Nullable Duration timeout) throws IOException;

	/**
	 * Returns whether this process can open a descriptor at the moment; if not, its
	 * servers accept nothing (EMFILE).
	 */
	boolean canOpenDescriptor();

	/**
	 * Makes the current or next {@link #poll} return. Callable from any thread.
	 */
	void wakeup();

	/**
	 * {@return this process's user id as the kernel reports it to peers}
	 */
	long ownUid();

	/**
	 * Returns whether a process of a user is trusted: this process's own, or one that the
	 * options allow.
	 * @param uid the peer's user
	 * @param allowedUids the users that the options allow
	 * @return {@code true} if it is
	 */
	default boolean isTrusted(long uid, Set<Long> allowedUids) {
		return uid == ownUid() || allowedUids.contains(uid);
	}

}
