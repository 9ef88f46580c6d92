package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.Selector;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import org.jspecify.annotations.Nullable;

/**
 * A descriptor that is handed over, with a gate, closed at first. Safe for use by several
 * threads, virtual ones too.
 * <p>
 * Every accept(2), recvfrom(2) or read(2) is non-blocking and made under the gate's lock
 * if the gate is open. So once {@link #closeGate()} has had that lock, what arrives stays
 * in the kernel's queue, for this process or another one that holds the descriptor.
 */
public abstract sealed class GatedChannel permits GatedSocket, GatedPipe {

	private final String name;

	private final SelectableChannel channel;

	private final FileDescriptor descriptor;

	private final Selector selector;

	// One thread waits for an arrival, the others wait to be the next.
	private final ReentrantLock waiting = new ReentrantLock();

	// Guards the non-blocking calls, leases and closed.
	private final ReentrantLock gate = new ReentrantLock();

	private final Condition opened = this.gate.newCondition();

	private volatile boolean open;

	private volatile boolean closed;

	// Somebody takes what arrives, and has not only been given the channel.
	private volatile boolean used;

	private boolean closing;

	private int leases;

	/**
	 * Creates a gate.
	 * @param shell a channel that is non-blocking, or becomes so before the gate opens
	 */
	GatedChannel(String name, Shell<?> shell, int operation) throws IOException {
		this.name = name;
		this.channel = shell.channel();
		this.descriptor = shell.descriptor();
		Selector selector = this.channel.provider().openSelector();
		try {
			this.channel.register(selector, operation);
		}
		catch (IOException | RuntimeException ex) {
			selector.close();
			throw ex;
		}
		this.selector = selector;
	}

	/**
	 * Waits until the gate is open and a call has a result.
	 * @param call a non-blocking call, {@code null} if there was nothing
	 * @return the result, {@code null} once this process has given the channel up
	 */
	final <T> @Nullable T await(Call<T> call) throws IOException {
		boolean interrupted = false;
		this.used = true;
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
			if (!this.open || this.closed) {
				return null;
			}
			// Null as well if another process that holds the descriptor was faster.
			T result = call.call();
			if (result == null && this.closing) {
				closeLocked();
			}
			return result;
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Opens the gate. No effect on a channel that was closed.
	 */
	public void openGate() {
		this.gate.lock();
		try {
			if (!this.closed) {
				beforeOpening();
				this.open = true;
			}
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
	 * Called with the gate locked, before it is opened.
	 */
	void beforeOpening() throws IOException {
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
	 * {@return the descriptor} It stays owned by this channel, so whoever sends it does
	 * so under a {@link #lease()}, or knows that nobody closes the channel meanwhile.
	 * @throws IllegalStateException if the channel has been closed
	 */
	public final FileDescriptor descriptor() {
		this.gate.lock();
		try {
			if (this.closed && this.leases == 0) {
				throw new IllegalStateException("'%s' has been closed".formatted(this.name));
			}
			return this.descriptor;
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Keeps the descriptor open until the lease ends, even if the channel is closed
	 * before.
	 * @throws IllegalStateException if the channel has been closed
	 */
	public final DescriptorLease lease() {
		this.gate.lock();
		try {
			if (this.closed) {
				throw new IllegalStateException("'%s' has been closed".formatted(this.name));
			}
			this.leases++;
			return new Lease();
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * {@return the name under which a successor asks for it}
	 */
	public final String name() {
		return this.name;
	}

	/**
	 * {@return whether the gate is open}
	 */
	public final boolean isGateOpen() {
		return this.open;
	}

	/**
	 * Returns whether this process still has it.
	 * @return {@code false} after {@link #close()}
	 */
	public final boolean isOpen() {
		return !this.closed;
	}

	/**
	 * Gives up this process's copy. Closing twice has no effect.
	 */
	public void close() {
		this.gate.lock();
		try {
			closeLocked();
		}
		finally {
			this.gate.unlock();
		}
		this.selector.wakeup();
	}

	private void closeLocked() {
		if (this.closed) {
			return;
		}
		this.open = false;
		this.closed = true;
		this.opened.signalAll();
		if (this.leases == 0) {
			closeChannel();
		}
	}

	/**
	 * Has whoever takes what arrives close this process's copy as soon as nothing waits
	 * in the kernel's queue, which would be lost. No effect if the gate is closed or
	 * nobody has ever taken anything.
	 */
	public final void closeWhenEmpty() {
		if (this.used && this.open) {
			this.gate.lock();
			try {
				this.closing = true;
			}
			finally {
				this.gate.unlock();
			}
			this.selector.wakeup();
		}
	}

	/**
	 * Waits until the channel has been closed, if {@link #closeWhenEmpty()} had an
	 * effect.
	 * @param nanos how long to wait at most
	 * @return how much of it is left
	 */
	public final long awaitClosed(long nanos) throws InterruptedException {
		this.gate.lock();
		try {
			long left = nanos;
			while (this.closing && !this.closed && left > 0) {
				left = this.opened.awaitNanos(left);
			}
			return left;
		}
		finally {
			this.gate.unlock();
		}
	}

	final String gate() {
		return this.closed ? "gone" : (this.open ? "open" : "closed");
	}

	private void closeChannel() {
		try {
			this.channel.close();
			// Only this closes the descriptor of a registered channel.
			this.selector.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
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

	private final class Lease implements DescriptorLease {

		private boolean ended;

		@Override
		public FileDescriptor descriptor() {
			return GatedChannel.this.descriptor();
		}

		@Override
		public void close() {
			GatedChannel.this.gate.lock();
			try {
				if (this.ended) {
					return;
				}
				this.ended = true;
				GatedChannel.this.leases--;
				if (GatedChannel.this.closed && GatedChannel.this.leases == 0) {
					closeChannel();
				}
			}
			finally {
				GatedChannel.this.gate.unlock();
			}
		}

	}

}
