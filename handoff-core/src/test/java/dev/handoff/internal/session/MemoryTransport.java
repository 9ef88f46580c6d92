package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.SocketFacts;
import org.jspecify.annotations.Nullable;

/**
 * The control socket's I/O of one process, in memory. Can be told to fail. Guarded by its
 * {@link Host}.
 */
final class MemoryTransport implements ControlTransport {

	private final Host host;

	private final List<MemoryChannel> channels = new ArrayList<>();

	private final List<MemorySocket.Listener> listeners = new ArrayList<>();

	private final Deque<MemoryChannel> children = new ArrayDeque<>();

	private final Map<Call, Deque<Throwable>> failures = new EnumMap<>(Call.class);

	private @Nullable MemoryChannel inherited;

	private long wakeAt;

	private boolean polling;

	private boolean woken;

	private int wakeups;

	private boolean closed;

	private boolean broken;

	private boolean left;

	private boolean paused;

	private boolean full;

	private boolean apart;

	MemoryTransport(Host host) {
		this.host = host;
	}

	/**
	 * Makes the next calls fail.
	 */
	void fail(Call call, Throwable... causes) {
		synchronized (this.host) {
			this.failures.computeIfAbsent(call, (key) -> new ArrayDeque<>()).addAll(List.of(causes));
		}
		wakeup();
	}

	/**
	 * Makes every wait fail from now on.
	 */
	void breakDown() {
		synchronized (this.host) {
			this.broken = true;
		}
		wakeup();
	}

	/**
	 * Makes it impossible, or possible again, to open descriptors.
	 */
	void full(boolean isFull) {
		synchronized (this.host) {
			this.full = isFull;
		}
	}

	/**
	 * Makes each path lead to a file of its own.
	 */
	void keepPathsApart() {
		synchronized (this.host) {
			this.apart = true;
		}
	}

	void pause(boolean pause) {
		this.paused = pause;
	}

	void inherit(MemoryChannel channel) {
		this.inherited = channel;
	}

	/**
	 * Returns the other end of a channel that was opened for a child.
	 */
	MemoryChannel child() {
		synchronized (this.host) {
			return this.children.remove();
		}
	}

	/**
	 * Returns whether nothing happens here until time goes on or somebody does something.
	 */
	boolean isIdle() {
		return this.closed || this.broken || this.left || (this.polling && !isDue());
	}

	int wakeups() {
		return this.wakeups;
	}

	boolean owns(MemorySocket.Listener listener) {
		return this.listeners.contains(listener);
	}

	MemoryChannel owned(MemoryChannel channel) {
		this.channels.add(channel);
		return channel;
	}

	@Override
	public Optional<ControlChannel> dial(Path path) throws IOException {
		synchronized (this.host) {
			failIfAsked(Call.DIAL);
			return this.host.dial(new ControlChannel.PeerCredentials(Host.UID, 2)).map(this::owned);
		}
	}

	@Override
	public ChildChannel openChildChannel() throws IOException {
		synchronized (this.host) {
			failIfAsked(Call.OPEN_CHILD);
			MemoryChannel child = MemoryChannel.open(this.host, new ControlChannel.PeerCredentials(Host.UID, 3));
			this.children.add(child);
			return new ChildChannel(owned(child.other()), Redirect.PIPE, () -> {
			});
		}
	}

	@Override
	public Optional<ControlChannel> inherited() {
		MemoryChannel taken = this.inherited;
		this.inherited = null;
		return Optional.ofNullable(taken).map(this::owned);
	}

	@Override
	public Optional<ControlListener> claim(Path path) throws IOException {
		synchronized (this.host) {
			failIfAsked(Call.CLAIM);
			Optional<MemorySocket.Listener> claimed = this.host.claim();
			claimed.ifPresent(this.listeners::add);
			return claimed.map((listener) -> listener);
		}
	}

	@Override
	public Optional<Object> fileOf(Path path) {
		synchronized (this.host) {
			return this.apart ? Optional.of(path) : this.host.held().map((socket) -> socket);
		}
	}

	@Override
	public ControlListener adopt(FileDescriptor descriptor) throws IOException {
		synchronized (this.host) {
			try {
				failIfAsked(Call.ADOPT);
				MemorySocket.Listener listener = this.host.socket(SocketFacts.of(descriptor).inode())
					.listener(descriptor);
				this.listeners.add(listener);
				return listener;
			}
			catch (IOException ex) {
				Descriptors.close(descriptor);
				throw ex;
			}
		}
	}

	@Override
	public WorkLock workLock(Path path) {
		return this.host.workLock();
	}

	@Override
	public void poll(@Nullable Duration timeout) throws IOException {
		synchronized (this.host) {
			this.wakeAt = (timeout != null) ? this.host.nanoTime() + timeout.toNanos() : Long.MAX_VALUE;
			this.polling = true;
			this.host.notifyAll();
			try {
				while (!isDue()) {
					this.host.wait();
				}
				if (this.broken) {
					throw new IOException("broken transport");
				}
				failIfAsked(Call.POLL);
			}
			catch (InterruptedException ex) {
				throw new InterruptedIOException();
			}
			finally {
				this.polling = false;
				this.woken = false;
			}
		}
	}

	private boolean isDue() {
		if (this.paused) {
			return false;
		}
		return this.woken || this.broken || this.host.nanoTime() >= this.wakeAt
				|| this.channels.stream().anyMatch(MemoryChannel::isPending)
				|| this.listeners.stream().anyMatch(MemorySocket.Listener::isPending);
	}

	private void failIfAsked(Call call) throws IOException {
		Throwable failure = this.failures.getOrDefault(call, new ArrayDeque<>()).poll();
		if (failure instanceof IOException io) {
			throw io;
		}
		if (failure instanceof RuntimeException runtime) {
			throw runtime;
		}
		if (failure instanceof Error error) {
			// Nobody waits here any more.
			this.left = true;
			throw error;
		}
	}

	@Override
	public void wakeup() {
		synchronized (this.host) {
			this.woken = true;
			this.wakeups++;
			this.host.notifyAll();
		}
	}

	@Override
	public boolean canOpenDescriptor() {
		synchronized (this.host) {
			return !this.full;
		}
	}

	@Override
	public long ownUid() {
		return Host.UID;
	}

	@Override
	public void close() {
		synchronized (this.host) {
			this.closed = true;
			this.channels.forEach(MemoryChannel::close);
			this.listeners.forEach(MemorySocket.Listener::close);
			this.host.notifyAll();
		}
	}

	/**
	 * What can be made to fail.
	 */
	enum Call {

		DIAL, CLAIM, ADOPT, POLL, OPEN_CHILD

	}

}
