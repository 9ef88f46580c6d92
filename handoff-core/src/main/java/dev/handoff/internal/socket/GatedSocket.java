package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SelectableChannel;

import dev.handoff.Listener.Origin;

/**
 * A socket that is handed over, with a gate, closed at first. Safe for use by several
 * threads, virtual ones too.
 */
public abstract sealed class GatedSocket extends GatedChannel permits GatedListener, GatedDatagrams {

	private final Origin origin;

	private final SocketAddress address;

	private final SocketFacts facts;

	GatedSocket(String name, Origin origin, SelectableChannel channel, SocketAddress address, int operation)
			throws IOException {
		this(name, origin, channel, address, operation, SocketFacts.of(NioAccess.get().descriptor(channel)));
	}

	private GatedSocket(String name, Origin origin, SelectableChannel channel, SocketAddress address, int operation,
			SocketFacts facts) throws IOException {
		super(name, channel, operation);
		this.origin = origin;
		this.address = address;
		this.facts = facts;
	}

	/**
	 * Returns what the kernel said about the socket when this object was made.
	 * @return the facts
	 */
	public final SocketFacts facts() {
		return this.facts;
	}

	/**
	 * Returns the address it is bound to.
	 * @return the local address
	 */
	public SocketAddress address() {
		return this.address;
	}

	/**
	 * Returns how this process came by it.
	 * @return the origin
	 */
	public Origin origin() {
		return this.origin;
	}

	@Override
	public String toString() {
		return "%s[%s, %s, %s, gate %s]".formatted(getClass().getSimpleName(), name(), this.facts.address(),
				this.origin, gate());
	}

}
