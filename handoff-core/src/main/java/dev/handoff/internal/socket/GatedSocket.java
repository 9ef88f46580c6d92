package dev.handoff.internal.socket;

import java.io.Closeable;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Objects;

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

	private final SocketFacts facts;

	GatedSocket(String name, Origin origin, Shell<?> shell, SocketFacts facts, int operation) throws IOException {
		super(name, prepare(shell, origin), operation);
		this.origin = origin;
		this.facts = facts;
		if (facts.socketAddress() == null) {
			throw new IOException("The socket has no address");
		}
		if (origin != Origin.BOUND) {
			IpVersions.tell(name, facts, shell.descriptor());
		}
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
		return Adoption.of(descriptor, () -> of(name, descriptor, origin));
	}

	private static GatedSocket of(String name, FileDescriptor descriptor, Origin origin) throws IOException {
		SocketFacts facts = SocketFacts.of(descriptor);
		if (facts.isDatagramSocket()) {
			return Adoption.of(Shell.ofDatagrams(descriptor, facts.family()),
					(shell) -> new GatedDatagrams(name, origin, shell, facts));
		}
		if (facts.isStreamListener()) {
			return Adoption.of(Shell.ofListener(descriptor, facts.family()),
					(shell) -> new GatedListener(name, origin, shell, facts));
		}
		throw new IOException("Listener '%s' is not a listening TCP or unix-domain socket, nor a UDP socket: %s"
			.formatted(name, facts));
	}

	/**
	 * Binds a new socket.
	 * @param maker binds the channel and makes the listener of it
	 */
	static <C extends Closeable, T> T bind(String name, SocketAddress address, Adoption.Opener<C> opener,
			Adoption.Maker<C, T> maker) {
		try {
			return Adoption.of(opener.open(), maker);
		}
		catch (IOException | UnresolvedAddressException | UnsupportedAddressTypeException ex) {
			throw new ListenerBindException(name, address, BindProblem.of(address, ex), ex);
		}
	}

	/**
	 * Makes a channel non-blocking. O_NONBLOCK is shared by all processes that hold the
	 * socket and never cleared. On one that was acquired it is set when the gate opens:
	 * until then a process that does not expect it may be in accept(2).
	 */
	private static Shell<?> prepare(Shell<?> shell, Origin origin) throws IOException {
		shell.channel().configureBlocking(false);
		if (origin != Origin.ACQUIRED) {
			Descriptors.setNonBlocking(shell.descriptor());
		}
		return shell;
	}

	@Override
	void beforeOpening() throws IOException {
		if (this.origin == Origin.ACQUIRED) {
			Descriptors.setNonBlocking(descriptor());
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
		return Objects.requireNonNull(this.facts.socketAddress());
	}

	@Override
	public final SocketAddress place() {
		return address();
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
