package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;

import dev.handoff.Listener.Origin;
import dev.handoff.ListenerBindException;

/**
 * A socket that is handed over, with a gate, closed at first. Safe for use by several
 * threads, virtual ones too.
 */
public abstract sealed class GatedSocket extends GatedChannel implements Holding permits GatedListener, GatedDatagrams {

	// O_NONBLOCK.
	private static final int NON_BLOCKING = 04000;

	private final Origin origin;

	private final SocketAddress address;

	private final SocketFacts facts;

	private volatile boolean nonBlocking;

	GatedSocket(String name, Origin origin, SelectableChannel channel, SocketAddress address, int operation)
			throws IOException {
		this(name, origin, channel, address, operation, SocketFacts.of(NioAccess.get().descriptor(channel)));
	}

	private GatedSocket(String name, Origin origin, SelectableChannel channel, SocketAddress address, int operation,
			SocketFacts facts) throws IOException {
		super(name, prepare(channel, origin), operation);
		this.origin = origin;
		this.address = address;
		this.facts = facts;
	}

	/**
	 * Adopts a UDP socket, or a listening TCP or unix-domain one.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @param origin how this process came by it
	 * @return the listener, its gate closed
	 * @throws IOException if it is no such socket; the descriptor is closed then
	 */
	public static GatedSocket adopt(String name, FileDescriptor descriptor, Origin origin) throws IOException {
		return Adoption.of(descriptor, () -> channel(name, descriptor),
				(channel) -> (channel instanceof DatagramChannel datagrams)
						? new GatedDatagrams(name, origin, datagrams)
						: new GatedListener(name, origin, (ServerSocketChannel) channel));
	}

	private static SelectableChannel channel(String name, FileDescriptor descriptor) throws IOException {
		SocketFacts facts = SocketFacts.of(descriptor);
		if (facts.isDatagramSocket()) {
			return NioAccess.get().datagramChannel(descriptor);
		}
		if (facts.isStreamListener()) {
			return NioAccess.get().serverSocketChannel(descriptor, facts.domain() == SocketFacts.Domain.UNIX);
		}
		throw new IOException("Listener '%s' is not a listening TCP or unix-domain socket, nor a UDP socket: %s"
			.formatted(name, facts));
	}

	/**
	 * Binds a new socket.
	 * @param maker binds the channel and makes the listener of it
	 */
	static <C extends SelectableChannel, T> T bind(String name, SocketAddress address, Adoption.Opener<C> opener,
			Adoption.Maker<C, T> maker) {
		NioAccess.get();
		try {
			return Adoption.of(opener.open(), maker);
		}
		catch (IOException | UnresolvedAddressException | UnsupportedAddressTypeException ex) {
			throw new ListenerBindException(name, address, BindProblem.of(address, ex), ex);
		}
	}

	private static SelectableChannel prepare(SelectableChannel channel, Origin origin) throws IOException {
		configureNonBlocking(channel, origin != Origin.ACQUIRED);
		return channel;
	}

	/**
	 * Makes a channel of this socket non-blocking. O_NONBLOCK is shared by all processes
	 * that hold the socket and never cleared. On one that was acquired it is set when the
	 * gate opens: until then a process that does not expect it may be in accept(2).
	 */
	final void configureNonBlocking(SelectableChannel another) throws IOException {
		configureNonBlocking(another, this.origin != Origin.ACQUIRED || this.nonBlocking);
	}

	private static void configureNonBlocking(SelectableChannel channel, boolean really) throws IOException {
		if (really) {
			channel.configureBlocking(false);
		}
		else {
			NioAccess.get().pretendNonBlocking(channel);
		}
	}

	@Override
	final void beforeOpening(SelectableChannel channel) throws IOException {
		if (this.origin == Origin.ACQUIRED) {
			NioAccess.get().setNonBlocking(NioAccess.get().descriptor(channel));
			this.nonBlocking = true;
		}
	}

	/**
	 * Returns whether a call on the socket returns at once in every process that holds
	 * it, as the kernel has it.
	 * @return {@code true} if O_NONBLOCK is set
	 * @throws IOException if the kernel does not tell
	 */
	public final boolean isNonBlocking() throws IOException {
		return (ProcessDescriptor.of(descriptor()).flags() & NON_BLOCKING) != 0;
	}

	/**
	 * {@return what the kernel said about the socket when this object was made}
	 */
	public final SocketFacts facts() {
		return this.facts;
	}

	/**
	 * {@return the address it is bound to}
	 */
	public SocketAddress address() {
		return this.address;
	}

	@Override
	public final SocketAddress place() {
		return this.address;
	}

	/**
	 * {@return how this process came by it}
	 */
	public final Origin origin() {
		return this.origin;
	}

	/**
	 * {@return how many connections or datagrams this process has taken from it}
	 */
	public abstract long count();

	@Override
	public String toString() {
		return "%s[%s, %s, %s, gate %s]".formatted(getClass().getSimpleName(), name(), this.facts.address(),
				this.origin, gate());
	}

}
