package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import dev.handoff.testsupport.OpenDescriptors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Tests for {@link GatedListener}.
 */
@Timeout(60)
class GatedListenerTests {

	private final List<GatedListener> listeners = new ArrayList<>();

	private final List<SocketChannel> clients = new ArrayList<>();

	private final List<Acceptor> acceptors = new ArrayList<>();

	@AfterEach
	void close() throws Exception {
		this.listeners.forEach(GatedListener::close);
		for (Acceptor acceptor : this.acceptors) {
			acceptor.ended();
		}
		for (SocketChannel client : this.clients) {
			client.close();
		}
	}

	@Test
	void theGateIsClosedAtFirst() throws Exception {
		GatedListener listener = bind();
		Acceptor acceptor = accept(listener);
		connect(listener, 3);
		acceptor.awaitBlocked();
		assertThat(listener.isAccepting()).isFalse();
		assertThat(acceptor.count()).isZero();
	}

	@Test
	void connectionsInTheQueueAreServedWhenTheGateOpens() throws Exception {
		GatedListener listener = bind();
		connect(listener, 50);
		List<Acceptor> several = List.of(accept(listener), accept(listener), accept(listener));
		listener.openGate();
		listener.openGate();
		awaitServed();
		assertThat(listener.acceptedCount()).isEqualTo(50);
		assertThat(several.stream().mapToInt(Acceptor::count).sum()).isEqualTo(50);
	}

	@Test
	void whatWaitsWhenAListenerIsToBeClosedIsAcceptedFirst() throws Exception {
		GatedListener listener = bind();
		listener.openGate();
		connect(listener, 1);
		SocketChannel first = Objects.requireNonNull(listener.accept());
		connect(listener, 50);
		listener.closeWhenEmpty();
		assertThat(listener.awaitClosed(1000)).as("nobody accepts").isNotPositive();
		accept(listener);
		assertThat(listener.awaitClosed(TimeUnit.SECONDS.toNanos(20))).isPositive();
		assertThat(listener.isOpen()).isFalse();
		assertThatIOException().isThrownBy(() -> SocketChannel.open(listener.address()));
		first.write(ByteBuffer.allocate(1));
		awaitServed();
		first.close();
	}

	@Test
	void aListenerOnWhichNobodyAcceptsIsNotWaitedFor() throws Exception {
		GatedListener unused = bind();
		unused.openGate();
		GatedListener closed = bind();
		accept(closed);
		for (GatedListener listener : List.of(unused, closed)) {
			listener.closeWhenEmpty();
			assertThat(listener.awaitClosed(TimeUnit.MINUTES.toNanos(10))).isEqualTo(TimeUnit.MINUTES.toNanos(10));
			assertThat(listener.isOpen()).isTrue();
		}
	}

	@Test
	void acceptedConnectionsBlock() throws Exception {
		GatedListener listener = bind();
		listener.openGate();
		connect(listener, 1);
		try (SocketChannel connection = listener.accept()) {
			assertThat(connection).isNotNull().extracting(SocketChannel::isBlocking).isEqualTo(true);
		}
	}

	@Test
	void nothingIsAcceptedAfterTheGateHasClosed() throws Exception {
		GatedListener listener = bind();
		for (int i = 0; i < 4; i++) {
			accept(listener);
		}
		try (Load load = new Load((InetSocketAddress) listener.address())) {
			for (int round = 0; round < 100; round++) {
				listener.openGate();
				// The gate closes in the middle of these.
				load.allow(10);
				load.awaitConnections(5);
				listener.closeGate();
				long count = listener.acceptedCount();
				assertThat(listener.isAccepting()).isFalse();
				load.allow(5);
				load.awaitConnections(10);
				assertThat(listener.acceptedCount()).isEqualTo(count);
			}
			listener.openGate();
			this.clients.addAll(load.stop());
		}
		awaitServed();
		assertThat(listener.acceptedCount()).isEqualTo(this.clients.size());
	}

	@Test
	void twoListenersOnOneSocketLoseNothing() throws Exception {
		GatedListener first = bind();
		GatedListener second = adopt(first);
		for (int i = 0; i < 2; i++) {
			accept(first);
			accept(second);
		}
		second.openGate();
		connect(second, 1);
		Awaitility.await().until(() -> second.acceptedCount() == 1);
		second.closeGate();
		first.openGate();
		connect(first, 1);
		Awaitility.await().until(() -> first.acceptedCount() == 1);
		try (Load load = new Load((InetSocketAddress) first.address())) {
			for (int round = 0; round < 50; round++) {
				load.allow(30);
				second.openGate();
				load.awaitConnections(10);
				first.closeGate();
				load.awaitConnections(10);
				first.openGate();
				second.closeGate();
				load.awaitConnections(10);
			}
			this.clients.addAll(load.stop());
		}
		awaitServed();
		assertThat(first.acceptedCount() + second.acceptedCount()).isEqualTo(this.clients.size());
	}

	@Test
	void theQueueSurvivesTheFirstListener() throws Exception {
		GatedListener first = bind();
		connect(first, 20);
		GatedListener second = adopt(first);
		first.close();
		connect(second, 1);
		accept(second);
		second.openGate();
		awaitServed();
		assertThat(second.facts()).isEqualTo(first.facts());
		assertThat(second.origin()).isEqualTo(Listener.Origin.INHERITED);
		assertThat(second.address()).isEqualTo(first.address());
	}

	@Test
	void closeReleasesAllThreads() throws Exception {
		GatedListener listener = bind();
		List<Acceptor> several = List.of(accept(listener), accept(listener), accept(listener));
		several.get(0).awaitBlocked();
		listener.close();
		listener.close();
		for (Acceptor acceptor : several) {
			acceptor.ended();
		}
		assertThat(listener.accept()).isNull();
	}

	@Test
	void closeReleasesThreadsThatWaitForConnections() throws Exception {
		for (int round = 0; round < 50; round++) {
			GatedListener listener = bind();
			listener.openGate();
			List<Acceptor> several = List.of(accept(listener), accept(listener));
			connect(listener, 1);
			listener.close();
			for (Acceptor acceptor : several) {
				acceptor.ended();
			}
			assertThat(OpenDescriptors.countOf(listener.facts().inode())).isZero();
		}
		this.clients.clear();
	}

	@Test
	void aClosedListenerOpensNoMore() throws Exception {
		GatedListener listener = bind();
		listener.close();
		listener.openGate();
		listener.closeGate();
		assertThat(listener.isAccepting()).isFalse();
		assertThat(listener.accept()).isNull();
		assertThatIllegalStateException().isThrownBy(listener::descriptor);
		assertThatIllegalStateException().isThrownBy(listener::lease);
		assertThatIOException().isThrownBy(() -> SocketChannel.open(listener.address()));
	}

	@Test
	void aLeaseKeepsTheDescriptorOpen() throws Exception {
		GatedListener listener = bind();
		DescriptorLease lease = listener.lease();
		DescriptorLease other = listener.lease();
		listener.close();
		assertThat(listener.accept()).isNull();
		assertThat(SocketFacts.of(lease.descriptor())).isEqualTo(listener.facts());
		lease.close();
		lease.close();
		assertThat(OpenDescriptors.countOf(listener.facts().inode())).isEqualTo(1);
		other.close();
		assertThat(OpenDescriptors.countOf(listener.facts().inode())).isZero();
	}

	@Test
	void anInterruptedThreadAcceptsAndStaysInterrupted() throws Exception {
		GatedListener listener = bind();
		listener.openGate();
		CountDownLatch interrupted = new CountDownLatch(1);
		CompletableFuture<Boolean> accepted = CompletableFuture.supplyAsync(() -> {
			Thread.currentThread().interrupt();
			interrupted.countDown();
			try (SocketChannel connection = listener.accept()) {
				return connection != null && Thread.interrupted();
			}
			catch (IOException ex) {
				throw new IllegalStateException(ex);
			}
		});
		interrupted.await();
		connect(listener, 1);
		assertThat(accepted.get(10, TimeUnit.SECONDS)).isTrue();
		connect(listener, 1);
		assertThat(listener.accept()).isNotNull();
		this.clients.clear();
	}

	@Test
	void anInheritedListenerGetsItsBacklogWhenTheGateOpens() throws Exception {
		try (ServerSocketChannel socket = ServerSocketChannel.open().bind(address("127.0.0.1"), 1)) {
			FileDescriptor duplicate = Descriptors.duplicate(DescriptorSearch.of(socket, -1));
			GatedListener listener = (GatedListener) GatedSocket.adopt("web", duplicate, Listener.Origin.INHERITED);
			this.listeners.add(listener);
			listener.setBacklog(50);
			Set<Long> inode = Set.of(listener.facts().inode());
			List<SocketChannel> connecting = new ArrayList<>();
			try {
				for (int i = 0; i < 10; i++) {
					SocketChannel client = SocketChannel.open();
					connecting.add(client);
					client.configureBlocking(false);
					client.connect(listener.address());
				}
				assertThat(SocketTable.waiting(inode)).hasValue(2);
				listener.openGate();
				// The others try again.
				Awaitility.await().untilAsserted(() -> assertThat(SocketTable.waiting(inode)).hasValue(10));
			}
			finally {
				for (SocketChannel client : connecting) {
					client.close();
				}
			}
		}
	}

	@Test
	void theSocketNeverBlocks() throws Exception {
		GatedListener listener = bind();
		assertThat(flags(listener)).isEqualTo("nonblocking");
		try (ServerSocketChannel blocking = listener.duplicateChannel()) {
			blocking.configureBlocking(true);
			assertThat(flags(listener)).isEqualTo("blocking");
			adopt(listener);
			assertThat(flags(listener)).isEqualTo("nonblocking");
		}
	}

	private static String flags(GatedListener listener) throws IOException {
		String info = Files
			.readString(Path.of("/proc/self/fdinfo", Integer.toString(Descriptors.number(listener.descriptor()))));
		int flags = Integer.parseInt(info.replaceAll("(?s).*flags:\\s*(\\d+).*", "$1"), 8);
		return ((flags & 04000) != 0) ? "nonblocking" : "blocking";
	}

	@Test
	void theAddressIsReusedAtOnce() throws Exception {
		GatedListener listener = bind();
		try (ServerSocketChannel channel = ServerSocketChannel.open()) {
			assertThat(channel.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
		}
		listener.openGate();
		connect(listener, 1);
		// Leaves a connection in TIME_WAIT on the listener's port.
		Objects.requireNonNull(listener.accept()).close();
		listener.close();
		assertThat(GatedListener.bind("web", listener.address(), 10)).satisfies(this.listeners::add)
			.extracting(GatedListener::address)
			.isEqualTo(listener.address());
		this.clients.clear();
	}

	@Test
	void aPortInUseIsSaidToBe() {
		GatedListener listener = bind();
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> GatedListener.bind("web", listener.address(), 10))
			.withMessageStartingWith("Listener 'web' cannot be bound to ")
			.withMessageContaining("the port is in use by another socket");
	}

	@Test
	void aForeignAddressIsSaidToBe() {
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> GatedListener.bind("web", address("192.0.2.1"), 10))
			.withMessageContaining("no network interface of this host has the address");
	}

	@Test
	void anUnresolvedNameIsSaidToBe() {
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> GatedListener.bind("web", InetSocketAddress.createUnresolved("nowhere", 0), 10))
			.withMessageContaining("the host name cannot be resolved");
	}

	@Test
	void aFailedBindLeavesNoDescriptorBehind() throws Exception {
		GatedListener listener = bind();
		OpenDescriptors.assertNoneLeftBehind(() -> assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> GatedListener.bind("web", listener.address(), 10)));
	}

	@Test
	void closingLeavesNoDescriptorBehind() throws Exception {
		OpenDescriptors.assertNoneLeftBehind(() -> {
			GatedListener listener = GatedListener.bind("web", address("127.0.0.1"), 10);
			GatedSocket.adopt("web", duplicate(listener), Listener.Origin.INHERITED).close();
			listener.close();
		});
	}

	@Test
	void whatDoesNotListenIsNotAdoptedButClosed() throws Exception {
		GatedListener listener = bind();
		try (SocketChannel client = SocketChannel.open(listener.address())) {
			FileDescriptor own = DescriptorSearch.of(client, -1);
			long inode = SocketFacts.of(own).inode();
			FileDescriptor duplicate = Descriptors.duplicate(own);
			assertThatIOException().isThrownBy(() -> GatedSocket.adopt("web", duplicate, Listener.Origin.INHERITED))
				.withMessageContaining("is not a listening TCP or unix-domain socket");
			assertThat(OpenDescriptors.countOf(inode)).isEqualTo(1);
			assertThat(duplicate.valid()).isFalse();
		}
	}

	@Test
	void aReceivedDescriptorIsGivenAwayOrClosedOnce() throws Exception {
		GatedListener listener = bind();
		ReceivedDescriptor closed = new ReceivedDescriptor(duplicate(listener));
		closed.close();
		closed.close();
		assertThatIllegalStateException().isThrownBy(closed::giveAway);
		ReceivedDescriptor given = new ReceivedDescriptor(duplicate(listener));
		this.listeners.add((GatedListener) GatedSocket.adopt("web", given.giveAway(), Listener.Origin.INHERITED));
		given.close();
		assertThat(OpenDescriptors.countOf(listener.facts().inode())).isEqualTo(2);
	}

	private GatedListener bind() {
		GatedListener listener = GatedListener.bind("web", address("127.0.0.1"), 4096);
		this.listeners.add(listener);
		return listener;
	}

	private GatedListener adopt(GatedListener original) throws IOException {
		GatedListener listener = (GatedListener) GatedSocket.adopt("web", duplicate(original),
				Listener.Origin.INHERITED);
		this.listeners.add(listener);
		return listener;
	}

	private static FileDescriptor duplicate(GatedListener listener) throws IOException {
		return FileDescriptorCast.duplicating(listener.descriptor()).getFileDescriptor();
	}

	private static InetSocketAddress address(String host) {
		try {
			return new InetSocketAddress(InetAddress.getAllByName(host)[0], 0);
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void connect(GatedListener listener, int count) throws IOException {
		for (int i = 0; i < count; i++) {
			this.clients.add(SocketChannel.open(listener.address()));
		}
	}

	private Acceptor accept(GatedListener listener) {
		Acceptor acceptor = new Acceptor(listener);
		this.acceptors.add(acceptor);
		return acceptor;
	}

	/**
	 * Reads the byte that each acceptor sends on each connection.
	 */
	private void awaitServed() throws IOException {
		for (SocketChannel client : this.clients) {
			assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(1);
		}
	}

	/**
	 * A thread that accepts, sends a byte, and keeps the connection.
	 */
	private static final class Acceptor {

		private final Set<SocketChannel> accepted = ConcurrentHashMap.newKeySet();

		private final CompletableFuture<Void> end = new CompletableFuture<>();

		private final Thread thread;

		Acceptor(GatedListener listener) {
			this.thread = start(() -> run(listener));
		}

		private void run(GatedListener listener) {
			try {
				SocketChannel connection;
				while ((connection = listener.accept()) != null) {
					this.accepted.add(connection);
					connection.write(ByteBuffer.allocate(1));
				}
				this.end.complete(null);
			}
			catch (IOException | RuntimeException ex) {
				this.end.completeExceptionally(ex);
			}
		}

		int count() {
			return this.accepted.size();
		}

		void awaitBlocked() {
			while (this.thread.getState() != Thread.State.WAITING) {
				Thread.onSpinWait();
			}
		}

		void ended() throws Exception {
			this.end.get(10, TimeUnit.SECONDS);
			for (SocketChannel connection : this.accepted) {
				connection.close();
			}
		}

	}

	// A virtual thread where there are any, so that both kinds are tried.
	private static Thread start(Runnable runnable) {
		try {
			return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, runnable);
		}
		catch (ReflectiveOperationException ex) {
			Thread thread = new Thread(runnable, "acceptor");
			thread.start();
			return thread;
		}
	}

	/**
	 * A thread that connects as often as it is allowed to.
	 */
	private static final class Load implements AutoCloseable {

		private final List<SocketChannel> clients = new ArrayList<>();

		private final Semaphore allowed = new Semaphore(0);

		private final Semaphore opened = new Semaphore(0);

		private final CompletableFuture<Void> end = new CompletableFuture<>();

		private volatile boolean stopped;

		Load(InetSocketAddress address) {
			Thread thread = new Thread(() -> run(address), "load");
			thread.start();
		}

		private void run(InetSocketAddress address) {
			try {
				while (true) {
					this.allowed.acquireUninterruptibly();
					if (this.stopped) {
						this.end.complete(null);
						return;
					}
					this.clients.add(SocketChannel.open(address));
					this.opened.release();
				}
			}
			catch (IOException ex) {
				this.end.completeExceptionally(ex);
			}
		}

		void allow(int count) {
			this.allowed.release(count);
		}

		void awaitConnections(int count) throws InterruptedException {
			assertThat(this.opened.tryAcquire(count, 10, TimeUnit.SECONDS)).isTrue();
		}

		List<SocketChannel> stop() throws Exception {
			close();
			this.end.get(10, TimeUnit.SECONDS);
			return this.clients;
		}

		@Override
		public void close() {
			this.stopped = true;
			this.allowed.release();
		}

	}

}
