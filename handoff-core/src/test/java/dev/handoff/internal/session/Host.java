package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import dev.handoff.HandoffOptions;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.testsupport.LocalWorkLock;

/**
 * The machine on which the processes of a test run: real sessions and peers that the test
 * plays. Its time goes on only when the test says so, its control socket is in memory.
 * The monitor of all that is in memory.
 */
final class Host implements TimeSource, AutoCloseable {

	static final long UID = 1000;

	/** How long a test waits for what must happen at once. */
	static final Duration PATIENCE = Duration.ofSeconds(20);

	private final List<MemoryTransport> transports = new ArrayList<>();

	private final List<MemorySocket> sockets = new ArrayList<>();

	private final List<Server> servers = new ArrayList<>();

	private final List<Peer> peers = new ArrayList<>();

	private final Semaphore workLock = new Semaphore(1);

	private long peerUid = UID;

	private volatile long now = 1;

	/**
	 * Makes a process, not started.
	 */
	Server server() {
		return server((options) -> {
		});
	}

	Server server(Consumer<HandoffOptions.Builder> customizer) {
		Server server = new Server(this, customizer);
		this.servers.add(server);
		return server;
	}

	/**
	 * Makes a process that serves alone, with a listener.
	 */
	Server serving() {
		return serving((options) -> {
		});
	}

	Server serving(Consumer<HandoffOptions.Builder> customizer) {
		Server server = server(customizer).start();
		server.listen("web");
		return server.ready();
	}

	/**
	 * Dials the control socket.
	 */
	Peer dialler() {
		return dialler(UID);
	}

	Peer dialler(long uid) {
		synchronized (this) {
			return played(dial(new ControlChannel.PeerCredentials(uid, 7)).orElseThrow());
		}
	}

	/**
	 * Makes a peer of an end of a channel.
	 */
	Peer played(MemoryChannel channel) {
		Peer peer = new Peer(this, channel);
		this.peers.add(peer);
		return peer;
	}

	/**
	 * Sets as whom diallers see who listens.
	 */
	void peerUid(long uid) {
		this.peerUid = uid;
	}

	/**
	 * Stops a process at its next wait, as SIGSTOP does.
	 */
	void pause(MemoryTransport transport) {
		settle();
		synchronized (this) {
			transport.pause(true);
		}
	}

	void resume(MemoryTransport transport) {
		synchronized (this) {
			transport.pause(false);
			notifyAll();
		}
		settle();
	}

	/**
	 * Begins to wait for a process whenever the host is to come to rest.
	 */
	void began(MemoryTransport transport) {
		synchronized (this) {
			this.transports.add(transport);
		}
	}

	Optional<MemoryChannel> dial(ControlChannel.PeerCredentials dialler) {
		Optional<MemorySocket> socket = held();
		if (socket.isEmpty()) {
			return Optional.empty();
		}
		MemoryChannel channel = MemoryChannel.open(this, dialler, this.peerUid);
		socket.get().dial(channel.other());
		return Optional.of(channel);
	}

	Optional<MemorySocket.Listener> claim() throws IOException {
		if (held().isPresent()) {
			return Optional.empty();
		}
		MemorySocket.Listener listener = MemorySocket.listen(this);
		this.sockets.add(listener.socket());
		return Optional.of(listener);
	}

	/**
	 * Returns the control socket, empty if no process holds it.
	 */
	Optional<MemorySocket> held() {
		return this.sockets.stream().filter(MemorySocket::isHeld).findFirst();
	}

	MemorySocket socket(long inode) throws IOException {
		return this.sockets.stream()
			.filter((socket) -> socket.facts().inode() == inode)
			.findFirst()
			.orElseThrow(() -> new IOException("not the control socket"));
	}

	MemoryChannel owned(MemorySocket.Listener listener, MemoryChannel accepted) {
		this.transports.stream()
			.filter((transport) -> transport.owns(listener))
			.forEach((transport) -> transport.owned(accepted));
		return accepted;
	}

	WorkLock workLock() {
		return new LocalWorkLock() {

			@Override
			public void lock() {
				Host.this.workLock.acquireUninterruptibly();
			}

			@Override
			public void unlock() {
				Host.this.workLock.release();
			}

		};
	}

	@Override
	public long nanoTime() {
		return this.now;
	}

	/**
	 * Lets time go on, and all that is due because of it happen.
	 */
	void advance(Duration duration) {
		settle();
		synchronized (this) {
			this.now += duration.toNanos();
			notifyAll();
		}
		settle();
	}

	/**
	 * Waits until every process has done all that it can.
	 */
	void settle() {
		await(() -> this.transports.stream().allMatch(MemoryTransport::isIdle));
	}

	void await(Condition condition) {
		long end = System.nanoTime() + PATIENCE.toNanos();
		synchronized (this) {
			while (!condition.isTrue()) {
				long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
				if (left <= 0) {
					throw new AssertionError("Not at rest within %s: %s".formatted(PATIENCE, this.servers));
				}
				try {
					// Not everything that a test waits for happens here.
					wait(Math.min(left, 20));
				}
				catch (InterruptedException ex) {
					throw new AssertionError("Interrupted, not at rest: %s".formatted(this.servers), ex);
				}
			}
		}
	}

	/**
	 * Ends all processes and lets as much time go on as they need for it.
	 */
	@Override
	public void close() {
		this.peers.forEach(Peer::close);
		this.servers.forEach(Server::close);
	}

	@FunctionalInterface
	interface Condition {

		boolean isTrue();

	}

}
