package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.nio.file.Path;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.Listener.Origin;
import org.jspecify.annotations.Nullable;

/**
 * A socket that is handed over, with a gate, closed at first. Safe for use by several
 * threads, virtual ones too.
 * <p>
 * Every accept(2) or recvfrom(2) is non-blocking and made under the gate's lock after a
 * look at the gate. So once {@link #closeGate()} has had that lock, what arrives stays in
 * the kernel's queue, for this process or another one that holds the socket.
 */
public abstract sealed class GatedSocket permits GatedListener, GatedDatagrams {

	private final String name;

	private final Origin origin;

	private final SelectableChannel channel;

	private final SocketAddress address;

	private final SocketFacts facts;

	private final Selector selector;

	// One thread waits for the socket, the others wait to be the next.
	private final ReentrantLock waiting = new ReentrantLock();

	// Guards the non-blocking calls, holds and closed.
	private final ReentrantLock gate = new ReentrantLock();

	private final Condition opened = this.gate.newCondition();

	private volatile boolean open;

	private volatile boolean nonBlocking;

	private volatile boolean closed;

	private int holds;

	GatedSocket(String name, Origin origin, SelectableChannel channel, SocketAddress address, int operation)
			throws IOException {
		this.name = name;
		this.origin = origin;
		this.channel = channel;
		this.address = address;
		configureNonBlocking(channel);
		this.facts = SocketFacts.of(NioAccess.get().descriptor(channel));
		Selector selector = channel.provider().openSelector();
		try {
			channel.register(selector, operation);
		}
		catch (IOException | RuntimeException ex) {
			selector.close();
			throw ex;
		}
		this.selector = selector;
	}

	/**
	 * Makes a channel of this socket non-blocking. O_NONBLOCK is shared by all processes
	 * that hold the socket and never cleared. On one that was acquired it is set when the
	 * gate opens: until then a process that does not expect it may be in accept(2).
	 */
	final void configureNonBlocking(SelectableChannel channel) throws IOException {
		if (this.origin == Origin.ACQUIRED && !this.nonBlocking) {
			NioAccess.get().pretendNonBlocking(channel);
		}
		else {
			channel.configureBlocking(false);
		}
	}

	/**
	 * Waits until the gate is open and a call has a result.
	 * @param call a non-blocking call, {@code null} if there was nothing
	 * @return the result, {@code null} once this process has given the socket up
	 */
	final <T> @Nullable T await(Call<T> call) throws IOException {
		boolean interrupted = false;
		this.waiting.lock();
		try {
			while (awaitOpen()) {
				T result = callNow(call);
				if (result != null) {
					return result;
				}
				// An interrupted thread cannot wait on a selector.
				interrupted |= Thread.interrupted();
				this.selector.select();
			}
			return null;
		}
		catch (ClosedSelectorException ex) {
			return null;
		}
		finally {
			this.waiting.unlock();
			if (interrupted) {
				Thread.currentThread().interrupt();
			}
		}
	}

	private boolean awaitOpen() {
		if (this.open && !this.closed) {
			return true;
		}
		this.gate.lock();
		try {
			while (!this.open && !this.closed) {
				this.opened.awaitUninterruptibly();
			}
			return !this.closed;
		}
		finally {
			this.gate.unlock();
		}
	}

	private <T> @Nullable T callNow(Call<T> call) throws IOException {
		this.gate.lock();
		try {
			// Null as well if another process that holds the socket was faster.
			return (this.open && !this.closed) ? call.call() : null;
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Opens the gate. No effect on a socket that was closed.
	 */
	public void openGate() {
		this.gate.lock();
		try {
			if (!this.closed && this.origin == Origin.ACQUIRED) {
				NioAccess.get().setNonBlocking(NioAccess.get().descriptor(this.channel));
				this.nonBlocking = true;
			}
			this.open = !this.closed;
			this.opened.signalAll();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Returns whether a call on the socket returns at once in every process that holds
	 * it, as the kernel has it.
	 * @return {@code true} if O_NONBLOCK is set
	 * @throws IOException if the kernel does not tell
	 */
	public final boolean isNonBlocking() throws IOException {
		return Descriptors.isNonBlocking(Path.of("/proc/self/fdinfo"), NioAccess.get().number(descriptor()));
	}

	/**
	 * Closes the gate: once this returns, this process takes nothing from the kernel's
	 * queue, and whatever it has taken is or will be returned. Waits for at most one
	 * non-blocking call.
	 */
	public void closeGate() {
		// First, so that threads which queue for the lock do not call once more.
		this.open = false;
		this.gate.lock();
		try {
			this.open = false;
		}
		finally {
			this.gate.unlock();
		}
		// The waiting thread would otherwise be woken up by the next arrival.
		this.selector.wakeup();
	}

	/**
	 * Returns the descriptor. It stays owned by this socket, so whoever sends it does so
	 * under a {@link #hold()}, or knows that nobody closes the socket meanwhile.
	 * @return the descriptor
	 * @throws IllegalStateException if the socket has been closed
	 */
	public final FileDescriptor descriptor() {
		this.gate.lock();
		try {
			if (this.closed && this.holds == 0) {
				throw new IllegalStateException("Listener '%s' has been closed".formatted(this.name));
			}
			return NioAccess.get().descriptor(this.channel);
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Keeps the descriptor open until the hold is closed, even if the socket is closed
	 * before: its number must not be reused while it is being sent.
	 * @return the hold
	 * @throws IllegalStateException if the socket has been closed
	 */
	public final Hold hold() {
		this.gate.lock();
		try {
			if (this.closed) {
				throw new IllegalStateException("Listener '%s' has been closed".formatted(this.name));
			}
			this.holds++;
			return new Hold();
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Returns what the kernel said about the socket when this object was made.
	 * @return the facts
	 */
	public final SocketFacts facts() {
		return this.facts;
	}

	/**
	 * Returns the name under which a successor asks for it.
	 * @return the name
	 */
	public String name() {
		return this.name;
	}

	/**
	 * Returns the address it is bound to.
	 * @return the local address
	 */
	public SocketAddress address() {
		return this.address;
	}

	/**
	 * Returns how this process came by it.
	 * @return the origin
	 */
	public Origin origin() {
		return this.origin;
	}

	/**
	 * Returns whether the gate is open.
	 * @return {@code true} if this process takes what arrives
	 */
	final boolean isOpen() {
		return this.open;
	}

	/**
	 * Returns whether this process has given the socket up.
	 * @return {@code true} after {@link #close()}
	 */
	public final boolean isClosed() {
		return this.closed;
	}

	/**
	 * Gives up this process's copy. Closing twice has no effect.
	 */
	public void close() {
		this.gate.lock();
		try {
			if (this.closed) {
				return;
			}
			this.open = false;
			this.closed = true;
			this.opened.signalAll();
			if (this.holds == 0) {
				release();
			}
		}
		finally {
			this.gate.unlock();
		}
		this.selector.wakeup();
	}

	@Override
	public String toString() {
		return "%s[%s, %s, %s, gate %s]".formatted(getClass().getSimpleName(), this.name, this.facts.address(),
				this.origin, this.closed ? "gone" : (this.open ? "open" : "closed"));
	}

	private void release() {
		try {
			this.channel.close();
			// Only this closes the descriptor of a registered channel.
			this.selector.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	static void closeAfterFailure(@Nullable SelectableChannel channel, Exception failure) {
		try {
			if (channel != null) {
				channel.close();
			}
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	/**
	 * A non-blocking call.
	 *
	 * @param <T> its result
	 */
	@FunctionalInterface
	interface Call<T> {

		@Nullable T call() throws IOException;

	}

	/**
	 * Keeps a socket's descriptor open.
	 */
	public final class Hold implements AutoCloseable {

		private boolean released;

		private Hold() {
		}

		/**
		 * Returns the descriptor, to be sent and not to be closed.
		 * @return the descriptor
		 */
		public FileDescriptor descriptor() {
			return GatedSocket.this.descriptor();
		}

		/**
		 * Lets go. Closing twice has no effect.
		 */
		@Override
		public void close() {
			GatedSocket.this.gate.lock();
			try {
				if (this.released) {
					return;
				}
				this.released = true;
				GatedSocket.this.holds--;
				if (GatedSocket.this.closed && GatedSocket.this.holds == 0) {
					release();
				}
			}
			finally {
				GatedSocket.this.gate.unlock();
			}
		}

	}

}
