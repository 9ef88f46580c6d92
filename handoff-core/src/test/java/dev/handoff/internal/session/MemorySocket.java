package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.SocketFacts;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * The listening control socket. Its accept queue is in memory; a real socket, which
 * nobody dials, gives it the descriptor that is handed over. Guarded by its {@link Host}.
 */
final class MemorySocket {

	private final Host host;

	private final SocketFacts facts;

	private final Deque<MemoryChannel> queue = new ArrayDeque<>();

	private int holders;

	private int failures;

	private boolean removed;

	private MemorySocket(Host host, SocketFacts facts) {
		this.host = host;
		this.facts = facts;
	}

	/**
	 * Makes a socket and its first listener.
	 */
	static Listener listen(Host host) throws IOException {
		Path directory = Files.createTempDirectory("handoff");
		Path path = directory.resolve("s");
		GatedListener real = GatedListener.bind("control", UnixDomainSocketAddress.of(path), 1);
		try {
			FileDescriptor descriptor = FileDescriptorCast.duplicating(real.descriptor()).getFileDescriptor();
			return new MemorySocket(host, real.facts()).listener(descriptor);
		}
		finally {
			real.close();
			Files.delete(path);
			Files.delete(directory);
		}
	}

	Listener listener(FileDescriptor descriptor) {
		this.holders++;
		return new Listener(descriptor);
	}

	SocketFacts facts() {
		return this.facts;
	}

	/**
	 * Returns whether somebody who dials the path reaches it.
	 */
	boolean isHeld() {
		return this.holders > 0 && !this.removed;
	}

	/**
	 * Removes its file.
	 */
	void remove() {
		this.removed = true;
	}

	void dial(MemoryChannel serverEnd) {
		this.queue.add(serverEnd);
		this.host.notifyAll();
	}

	/**
	 * Makes the next calls of accept fail.
	 */
	void failAccept(int times) {
		this.failures = times;
	}

	int waiting() {
		return this.queue.size();
	}

	/**
	 * A process's copy.
	 */
	final class Listener implements ControlListener {

		private final FileDescriptor descriptor;

		private boolean accepting;

		private boolean closed;

		private Listener(FileDescriptor descriptor) {
			this.descriptor = descriptor;
		}

		MemorySocket socket() {
			return MemorySocket.this;
		}

		boolean isAccepting() {
			return this.accepting && !this.closed;
		}

		boolean isClosed() {
			return this.closed;
		}

		boolean isPending() {
			return this.accepting && !this.closed && !MemorySocket.this.queue.isEmpty();
		}

		@Override
		public FileDescriptor descriptor() {
			return this.descriptor;
		}

		@Override
		public Optional<ControlChannel> accept() throws IOException {
			synchronized (MemorySocket.this.host) {
				if (!MemorySocket.this.queue.isEmpty() && MemorySocket.this.failures-- > 0) {
					throw new IOException("Too many open files");
				}
				Optional<MemoryChannel> next = Optional.ofNullable(MemorySocket.this.queue.poll());
				return next.map((channel) -> MemorySocket.this.host.owned(this, channel));
			}
		}

		@Override
		public void setAccepting(boolean accepting) {
			synchronized (MemorySocket.this.host) {
				this.accepting = accepting;
				MemorySocket.this.host.notifyAll();
			}
		}

		@Override
		public void close() {
			synchronized (MemorySocket.this.host) {
				if (this.closed) {
					return;
				}
				this.closed = true;
				Descriptors.close(this.descriptor);
				if (--MemorySocket.this.holders == 0) {
					MemorySocket.this.queue.forEach(MemoryChannel::close);
					MemorySocket.this.queue.clear();
				}
				MemorySocket.this.host.notifyAll();
			}
		}

	}

}
