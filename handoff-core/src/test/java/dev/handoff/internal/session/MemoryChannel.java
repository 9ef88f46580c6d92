package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.socket.Descriptors;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * One end of a control channel in memory. Like the kernel it keeps descriptors with the
 * bytes that they came with, and gives a reader only one such piece at a time. Guarded by
 * its {@link Host}.
 */
final class MemoryChannel implements ControlChannel {

	private final Host host;

	private final PeerCredentials peer;

	private final Deque<Piece> arrived = new ArrayDeque<>();

	private final List<FileDescriptor> received = new ArrayList<>();

	private @Nullable MemoryChannel other;

	private int capacity = Integer.MAX_VALUE;

	private boolean descriptorsExpected;

	private boolean writeAwaited;

	private boolean ended;

	private boolean closed;

	private @Nullable IOException failure;

	private MemoryChannel(Host host, PeerCredentials peer) {
		this.host = host;
		this.peer = peer;
	}

	/**
	 * Makes a channel.
	 * @param host where
	 * @param dialler what the other end sees of the first
	 * @return the dialler's end
	 */
	static MemoryChannel open(Host host, PeerCredentials dialler) {
		return open(host, dialler, Host.UID);
	}

	static MemoryChannel open(Host host, PeerCredentials dialler, long listenerUid) {
		MemoryChannel near = new MemoryChannel(host, new PeerCredentials(listenerUid, 1));
		MemoryChannel far = new MemoryChannel(host, dialler);
		near.other = far;
		far.other = near;
		return near;
	}

	MemoryChannel other() {
		MemoryChannel end = this.other;
		if (end == null) {
			throw new IllegalStateException("Half a channel");
		}
		return end;
	}

	/**
	 * Sets how many bytes may wait here to be read: the other end's writes stop there.
	 */
	void capacity(int bytes) {
		synchronized (this.host) {
			this.capacity = bytes;
			this.host.notifyAll();
		}
	}

	/**
	 * Makes reading and writing at this end fail.
	 */
	void fail() {
		synchronized (this.host) {
			this.failure = new IOException("broken channel");
			this.host.notifyAll();
		}
	}

	boolean isPending() {
		if (this.closed) {
			return false;
		}
		boolean readable = !this.arrived.isEmpty() || (other().closed && !this.ended);
		return readable || (this.writeAwaited && (other().closed || other().room() > 0));
	}

	private int room() {
		return this.capacity - this.arrived.stream().mapToInt((piece) -> piece.bytes.remaining()).sum();
	}

	@Override
	public int read(ByteBuffer target) throws IOException {
		synchronized (this.host) {
			check();
			Piece first = this.arrived.peek();
			if (first == null) {
				this.ended = other().closed;
				return this.ended ? -1 : 0;
			}
			if (this.descriptorsExpected) {
				this.received.addAll(first.descriptors);
			}
			else {
				first.descriptors.forEach(Descriptors::close);
			}
			first.descriptors.clear();
			int count = Math.min(target.remaining(), first.bytes.remaining());
			target.put(first.bytes.slice(first.bytes.position(), count));
			first.bytes.position(first.bytes.position() + count);
			if (!first.bytes.hasRemaining()) {
				this.arrived.remove();
			}
			this.host.notifyAll();
			return count;
		}
	}

	@Override
	public void expectDescriptors(boolean expected) {
		synchronized (this.host) {
			this.descriptorsExpected = expected;
		}
	}

	@Override
	public List<FileDescriptor> takeDescriptors() throws IOException {
		synchronized (this.host) {
			check();
			List<FileDescriptor> taken = List.copyOf(this.received);
			this.received.clear();
			return taken;
		}
	}

	@Override
	public int write(ByteBuffer source, List<FileDescriptor> descriptors) throws IOException {
		synchronized (this.host) {
			check();
			if (other().closed) {
				return -1;
			}
			int count = Math.min(source.remaining(), other().room());
			if (count <= 0) {
				return 0;
			}
			byte[] bytes = new byte[count];
			source.get(bytes);
			Piece piece = new Piece(ByteBuffer.wrap(bytes), new ArrayList<>());
			for (FileDescriptor descriptor : descriptors) {
				piece.descriptors.add(FileDescriptorCast.duplicating(descriptor).getFileDescriptor());
			}
			other().arrived.add(piece);
			this.host.notifyAll();
			return count;
		}
	}

	private void check() throws IOException {
		if (this.closed) {
			throw new ClosedChannelException();
		}
		if (this.failure != null) {
			throw this.failure;
		}
	}

	@Override
	public void setWriteAwaited(boolean awaited) {
		synchronized (this.host) {
			this.writeAwaited = awaited;
		}
	}

	@Override
	public PeerCredentials peer() {
		return this.peer;
	}

	@Override
	public void close() {
		synchronized (this.host) {
			this.closed = true;
			this.arrived.forEach((piece) -> piece.descriptors.forEach(Descriptors::close));
			this.arrived.clear();
			this.received.forEach(Descriptors::close);
			this.received.clear();
			this.host.notifyAll();
		}
	}

	private record Piece(ByteBuffer bytes, List<FileDescriptor> descriptors) {
	}

}
