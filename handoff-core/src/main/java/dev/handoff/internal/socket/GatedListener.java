package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import dev.handoff.Acceptor;
import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP or unix-domain socket with an accept gate, closed at first. Safe for
 * use by several threads, virtual ones too.
 */
public final class GatedListener extends GatedSocket implements Listener {

	private final ServerSocketChannel channel;

	private final AtomicLong acceptedCount = new AtomicLong();

	private final AtomicReference<@Nullable Acceptor> acceptor = new AtomicReference<>();

	private GatedListener(String name, Origin origin, ServerSocketChannel channel) throws IOException {
		super(name, origin, channel, channel.getLocalAddress(), SelectionKey.OP_ACCEPT);
		this.channel = channel;
	}

	/**
	 * Binds a new listener. Connections queue from now on.
	 * @param name the listener's name
	 * @param address an internet address, port 0 for any, or a unix-domain one
	 * @param backlog the length of the accept queue (listen(2))
	 * @return the listener, its gate closed
	 * @throws ListenerBindException if that cannot be done
	 */
	@SuppressWarnings("resource")
	public static GatedListener bind(String name, SocketAddress address, int backlog) {
		NioAccess.get();
		ServerSocketChannel channel = null;
		try {
			channel = open(name, address);
			channel.bind(address, backlog);
			return new GatedListener(name, Origin.BOUND, channel);
		}
		catch (IOException | UnresolvedAddressException | UnsupportedAddressTypeException ex) {
			ListenerBindException failure = new ListenerBindException(name, address, BindProblem.of(address, ex), ex);
			closeAfterFailure(channel, failure);
			throw failure;
		}
	}

	private static ServerSocketChannel open(String name, SocketAddress address) throws IOException {
		if (address instanceof UnixDomainSocketAddress unix) {
			UnixPath.prepare(name, unix);
			return ServerSocketChannel.open(StandardProtocolFamily.UNIX);
		}
		ServerSocketChannel channel = ServerSocketChannel.open();
		try {
			return channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
		}
		catch (IOException ex) {
			closeAfterFailure(channel, ex);
			throw ex;
		}
	}

	/**
	 * Adopts a listening TCP or unix-domain socket that was received from a predecessor.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @return the listener, its gate closed
	 * @throws IOException if it is no such socket; the descriptor is closed then
	 */
	public static GatedListener adopt(String name, FileDescriptor descriptor) throws IOException {
		return adopt(name, descriptor, Origin.INHERITED);
	}

	/**
	 * Adopts a listening TCP or unix-domain socket.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @param origin how this process came by it
	 * @return the listener, its gate closed
	 * @throws IOException if it is no such socket; the descriptor is closed then
	 */
	@SuppressWarnings("resource")
	public static GatedListener adopt(String name, FileDescriptor descriptor, Origin origin) throws IOException {
		ServerSocketChannel channel = null;
		try {
			SocketFacts facts = SocketFacts.of(descriptor);
			if (!facts.isStreamListener()) {
				throw new IOException(
						"Listener '%s' is not a listening TCP or unix-domain socket: %s".formatted(name, facts));
			}
			channel = NioAccess.get().serverSocketChannel(descriptor, facts.domain() == SocketFacts.Domain.UNIX);
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
		return await(() -> {
			SocketChannel connection = this.channel.accept();
			if (connection != null) {
				this.acceptedCount.incrementAndGet();
			}
			return connection;
		});
	}

	@Override
	public ServerSocketChannel duplicateChannel() throws IOException {
		FileDescriptor duplicate = duplicate();
		try {
			ServerSocketChannel channel = NioAccess.get()
				.serverSocketChannel(duplicate, facts().domain() == SocketFacts.Domain.UNIX);
			configureNonBlocking(channel);
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
		try (DescriptorLease lease = lease()) {
			return NioAccess.get().duplicate(lease.descriptor());
		}
	}

	@Override
	public void acceptWith(Acceptor acceptor) {
		if (!this.acceptor.compareAndSet(null, acceptor)) {
			throw new IllegalStateException("Listener '%s' has an acceptor already".formatted(name()));
		}
		// The gate's lock is not held: the event loop may need it while it is waited for.
		if (isClosed()) {
			acceptor.close();
		}
		else {
			acceptor.gateChanged();
		}
	}

	@Override
	public void openGate() {
		super.openGate();
		tellAcceptor();
	}

	@Override
	public void closeGate() {
		super.closeGate();
		tellAcceptor();
	}

	private void tellAcceptor() {
		Acceptor acceptor = this.acceptor.get();
		if (acceptor != null && !isClosed()) {
			acceptor.gateChanged();
		}
	}

	@Override
	public String name() {
		return super.name();
	}

	@Override
	public SocketAddress address() {
		return super.address();
	}

	@Override
	public Origin origin() {
		return super.origin();
	}

	@Override
	public long acceptedCount() {
		Acceptor acceptor = this.acceptor.get();
		return this.acceptedCount.get() + ((acceptor != null) ? acceptor.acceptedCount() : 0);
	}

	@Override
	public boolean isAccepting() {
		return isGateOpen();
	}

	@Override
	public void close() {
		super.close();
		Acceptor acceptor = this.acceptor.get();
		if (acceptor != null) {
			acceptor.close();
		}
	}

}
