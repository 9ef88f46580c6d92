package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.Acceptor;
import dev.handoff.Listener;
import dev.handoff.ListenerBindException;

import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket with an accept gate, closed at first. Safe for use by several
 * threads, virtual ones too.
 * <p>
 * Every accept(2) is non-blocking and made under the gate's lock after a look at the
 * gate. So once {@link #closeGate()} has had that lock, connections stay in the accept
 * queue, for this process or another one that holds the socket.
 */
public final class GatedListener implements Listener {

	private final String name;

	private final Origin origin;

	private final ServerSocketChannel channel;

	private final InetSocketAddress address;

	private final SocketFacts facts;

	private final Selector selector;

	// One thread waits for connections, the others in accept() wait to be the next.
	private final ReentrantLock waiting = new ReentrantLock();

	// Guards accept(2), holds and closed.
	private final ReentrantLock gate = new ReentrantLock();

	private final Condition opened = this.gate.newCondition();

	private final AtomicLong acceptedCount = new AtomicLong();

	private volatile boolean open;

	private volatile boolean closed;

	private volatile @Nullable Acceptor acceptor;

	private int holds;

	private GatedListener(String name, Origin origin, ServerSocketChannel channel) throws IOException {
		this.name = name;
		this.origin = origin;
		this.channel = channel;
		// O_NONBLOCK is shared by all processes that hold the socket; it is never
		// cleared.
		channel.configureBlocking(false);
		this.address = (InetSocketAddress) channel.getLocalAddress();
		this.facts = SocketFacts.of(NioAccess.get().descriptor(channel));
		Selector selector = channel.provider().openSelector();
		try {
			channel.register(selector, SelectionKey.OP_ACCEPT);
		}
		catch (IOException | RuntimeException ex) {
			selector.close();
			throw ex;
		}
		this.selector = selector;
	}

	/**
	 * Binds a new listener. Connections queue from now on.
	 * @param name the listener's name
	 * @param address the address, port 0 for any
	 * @param backlog the length of the accept queue (listen(2))
	 * @return the listener, its gate closed
	 * @throws ListenerBindException if that cannot be done
	 */
	@SuppressWarnings("resource")
	public static GatedListener bind(String name, InetSocketAddress address, int backlog) {
		NioAccess.get();
		ServerSocketChannel channel = null;
		try {
			channel = ServerSocketChannel.open();
			channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
			channel.bind(address, backlog);
			return new GatedListener(name, Origin.BOUND, channel);
		}
		catch (IOException | UnresolvedAddressException | UnsupportedAddressTypeException ex) {
			ListenerBindException failure = new ListenerBindException(name, address, problem(address, ex), ex);
			closeAfterFailure(channel, failure);
			throw failure;
		}
	}

	/**
	 * Adopts a listening TCP socket that was received from a predecessor.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @return the listener, its gate closed
	 * @throws IOException if it is not a listening TCP socket; the descriptor is closed
	 * then
	 */
	public static GatedListener adopt(String name, FileDescriptor descriptor) throws IOException {
		return adopt(name, descriptor, Origin.INHERITED);
	}

	/**
	 * Adopts a listening TCP socket.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @param origin how this process came by it
	 * @return the listener, its gate closed
	 * @throws IOException if it is not a listening TCP socket; the descriptor is closed
	 * then
	 */
	@SuppressWarnings("resource")
	public static GatedListener adopt(String name, FileDescriptor descriptor, Origin origin) throws IOException {
		ServerSocketChannel channel = null;
		try {
			SocketFacts facts = SocketFacts.of(descriptor);
			boolean inet = facts.domain() == SocketFacts.Domain.INET || facts.domain() == SocketFacts.Domain.INET6;
			if (!inet || facts.type() != SocketFacts.Type.STREAM || !facts.listening()) {
				throw new IOException("Listener '%s' is not a listening TCP socket: %s".formatted(name, facts));
			}
			channel = NioAccess.get().serverSocketChannel(descriptor);
			return new GatedListener(name, origin, channel);
		}
		catch (IOException | RuntimeException ex) {
			if (channel == null) {
				Descriptors.close(descriptor);
			}
			closeAfterFailure(channel, ex);
			throw ex;
		}
	}

	@Override
	public @Nullable SocketChannel accept() throws IOException {
		boolean interrupted = false;
		this.waiting.lock();
		try {
			while (awaitOpen()) {
				SocketChannel connection = acceptNow();
				if (connection != null) {
					return connection;
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

	@Override
	public ServerSocketChannel duplicateChannel() throws IOException {
		FileDescriptor duplicate = duplicate();
		try {
			ServerSocketChannel channel = NioAccess.get().serverSocketChannel(duplicate);
			channel.configureBlocking(false);
			return channel;
		}
		catch (IOException ex) {
			Descriptors.close(duplicate);
			throw ex;
		}
	}

	@Override
	public int duplicateDescriptor() throws IOException {
		return NioAccess.get().number(duplicate());
	}

	private FileDescriptor duplicate() throws IOException {
		try (Hold hold = hold()) {
			return NioAccess.get().duplicate(hold.descriptor());
		}
	}

	@Override
	public void acceptWith(Acceptor acceptor) {
		this.gate.lock();
		try {
			if (this.acceptor != null) {
				throw new IllegalStateException("Listener '%s' has an acceptor already".formatted(this.name));
			}
			this.acceptor = acceptor;
		}
		finally {
			this.gate.unlock();
		}
		// Outside the lock: the event loop may need it while it is waited for.
		if (this.closed) {
			acceptor.close();
		}
		else {
			acceptor.gateChanged();
		}
	}

	private void tellAcceptor() {
		Acceptor acceptor = this.acceptor;
		if (acceptor != null) {
			acceptor.gateChanged();
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

	private @Nullable SocketChannel acceptNow() throws IOException {
		this.gate.lock();
		try {
			if (!this.open || this.closed) {
				return null;
			}
			// Null if another process that holds the socket was faster.
			SocketChannel connection = this.channel.accept();
			if (connection != null) {
				this.acceptedCount.incrementAndGet();
			}
			return connection;
		}
		finally {
			this.gate.unlock();
		}
	}

	/**
	 * Opens the accept gate. No effect on a listener that was closed.
	 */
	public void openGate() {
		this.gate.lock();
		try {
			this.open = !this.closed;
			this.opened.signalAll();
		}
		finally {
			this.gate.unlock();
		}
		tellAcceptor();
	}

	/**
	 * Closes the accept gate: once this returns, this process accepts nothing on this
	 * listener, and whatever it has accepted is or will be returned by {@link #accept()}.
	 * Waits for at most one non-blocking accept(2), or for the acceptor.
	 */
	public void closeGate() {
		// First, so that threads which queue for the lock do not accept once more.
		this.open = false;
		this.gate.lock();
		try {
			this.open = false;
		}
		finally {
			this.gate.unlock();
		}
		// The waiting thread would otherwise be woken up by the next connection.
		this.selector.wakeup();
		tellAcceptor();
	}

	/**
	 * Returns the descriptor. It stays owned by this listener, so whoever sends it does
	 * so under a {@link #hold()}, or knows that nobody closes the listener meanwhile.
	 * @return the descriptor
	 * @throws IllegalStateException if the listener has been closed
	 */
	public FileDescriptor descriptor() {
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
	 * Keeps the descriptor open until the hold is closed, even if the listener is closed
	 * before: its number must not be reused while it is being sent.
	 * @return the hold
	 * @throws IllegalStateException if the listener has been closed
	 */
	public Hold hold() {
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
	 * Returns what the kernel said about the socket when this listener was made.
	 * @return the facts
	 */
	public SocketFacts facts() {
		return this.facts;
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public InetSocketAddress address() {
		return this.address;
	}

	@Override
	public Origin origin() {
		return this.origin;
	}

	@Override
	public long acceptedCount() {
		Acceptor acceptor = this.acceptor;
		return this.acceptedCount.get() + ((acceptor != null) ? acceptor.acceptedCount() : 0);
	}

	@Override
	public boolean isAccepting() {
		return this.open;
	}

	/**
	 * Returns whether this process has given the listener up.
	 * @return {@code true} after {@link #close()}
	 */
	public boolean isClosed() {
		return this.closed;
	}

	@Override
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
		Acceptor acceptor = this.acceptor;
		if (acceptor != null) {
			acceptor.close();
		}
	}

	@Override
	public String toString() {
		return "GatedListener[%s, %s, %s, gate %s]".formatted(this.name, this.facts.address(), this.origin,
				this.closed ? "gone" : (this.open ? "open" : "closed"));
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

	private static String problem(InetSocketAddress address, Exception ex) {
		InetAddress host = address.getAddress();
		if (host == null) {
			return "the host name cannot be resolved";
		}
		if (!isLocal(host)) {
			return "no network interface of this host has the address (%s)".formatted(ex.getMessage());
		}
		if (address.getPort() != 0 && address.getPort() < 1024) {
			return "the port is in use by another socket, or is a privileged one (%s)".formatted(ex.getMessage());
		}
		if (ex instanceof BindException) {
			return "the port is in use by another socket (%s)".formatted(ex.getMessage());
		}
		return String.valueOf(ex.getMessage());
	}

	private static boolean isLocal(InetAddress host) {
		try {
			return host.isAnyLocalAddress() || host.isLoopbackAddress()
					|| NetworkInterface.getByInetAddress(host) != null;
		}
		catch (IOException ex) {
			return true;
		}
	}

	private static void closeAfterFailure(@Nullable ServerSocketChannel channel, Exception failure) {
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
	 * Keeps a listener's descriptor open.
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
			return GatedListener.this.descriptor();
		}

		/**
		 * Lets go. Closing twice has no effect.
		 */
		@Override
		public void close() {
			GatedListener.this.gate.lock();
			try {
				if (this.released) {
					return;
				}
				this.released = true;
				GatedListener.this.holds--;
				if (GatedListener.this.closed && GatedListener.this.holds == 0) {
					release();
				}
			}
			finally {
				GatedListener.this.gate.unlock();
			}
		}

	}

}
