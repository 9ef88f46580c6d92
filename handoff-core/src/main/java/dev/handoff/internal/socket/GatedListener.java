package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import dev.handoff.Acceptor;
import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import dev.handoff.internal.libc.LibC;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A listening TCP or unix-domain socket with an accept gate, closed at first. Safe for
 * use by several threads, virtual ones too.
 */
public final class GatedListener extends GatedSocket implements Listener {

	private static final Logger logger = LoggerFactory.getLogger(GatedListener.class);

	private static final int DEFAULT_BACKLOG = 50;

	private final ServerSocketChannel channel;

	private final AtomicLong acceptedCount = new AtomicLong();

	private final AtomicReference<@Nullable Acceptor> acceptor = new AtomicReference<>();

	// 0 if it is not this process's to set.
	private volatile int backlog;

	GatedListener(String name, Origin origin, Shell<ServerSocketChannel> shell, SocketFacts facts) throws IOException {
		super(name, origin, shell, facts, SelectionKey.OP_ACCEPT);
		this.channel = shell.channel();
	}

	/**
	 * Binds a new listener. Connections queue from now on.
	 * @param name the listener's name
	 * @param address an internet address, port 0 for any, or a unix-domain one
	 * @param backlog the length of the accept queue (listen(2))
	 * @return the listener, its gate closed
	 * @throws ListenerBindException if that cannot be done
	 */
	public static GatedListener bind(String name, SocketAddress address, int backlog) {
		return bind(name, address, () -> open(name, address), (shell) -> {
			if (!(address instanceof UnixDomainSocketAddress)) {
				shell.channel().setOption(StandardSocketOptions.SO_REUSEADDR, true);
			}
			shell.channel().bind(address, backlog);
			return new GatedListener(name, Origin.BOUND, shell, SocketFacts.of(shell.descriptor()));
		});
	}

	/**
	 * Sets the backlog of a listener that came from this process or a predecessor. It
	 * takes effect whenever the gate opens: until then the socket may be another one's.
	 * @param backlog the length of the accept queue (listen(2)); not positive for the
	 * JDK's default
	 */
	public void setBacklog(int backlog) {
		if (origin() == Origin.BOUND || origin() == Origin.INHERITED) {
			this.backlog = (backlog > 0) ? backlog : DEFAULT_BACKLOG;
		}
	}

	@Override
	void beforeOpening() throws IOException {
		super.beforeOpening();
		int wanted = this.backlog;
		if (wanted > 0) {
			try {
				LibC.listen(Descriptors.number(descriptor()), wanted);
			}
			catch (IOException ex) {
				// No reason not to accept.
				logger.warn("The backlog of listener '{}' cannot be set to {}", name(), wanted, ex);
			}
		}
	}

	private static Shell<ServerSocketChannel> open(String name, SocketAddress address) throws IOException {
		if (address instanceof UnixDomainSocketAddress unix) {
			UnixPath.prepare(name, unix);
			return Shell.openListener(StandardProtocolFamily.UNIX);
		}
		return Shell.openListener(StandardProtocolFamily.INET6);
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
		// O_NONBLOCK is that of this channel.
		return Adoption.of(duplicate, () -> Shell.ofListener(duplicate, facts().family()).channel());
	}

	@Override
	public int duplicateDescriptor() throws IOException {
		return Descriptors.number(duplicate());
	}

	private FileDescriptor duplicate() throws IOException {
		try (DescriptorLease lease = lease()) {
			return Descriptors.duplicate(lease.descriptor());
		}
	}

	@Override
	public void acceptWith(Acceptor acceptor) {
		if (!this.acceptor.compareAndSet(null, acceptor)) {
			throw new IllegalStateException("Listener '%s' has an acceptor already".formatted(name()));
		}
		// The gate's lock is not held: the event loop may need it while it is waited for.
		if (isOpen()) {
			acceptor.gateChanged();
		}
		else {
			acceptor.close();
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
		if (acceptor != null && isOpen()) {
			acceptor.gateChanged();
		}
	}

	@Override
	public long acceptedCount() {
		Acceptor acceptor = this.acceptor.get();
		return this.acceptedCount.get() + ((acceptor != null) ? acceptor.acceptedCount() : 0);
	}

	@Override
	public long count() {
		return acceptedCount();
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
