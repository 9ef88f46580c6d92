package dev.handoff;

import java.io.Serial;
import java.net.SocketAddress;

import org.jspecify.annotations.Nullable;

/**
 * A listener that was not inherited could not be bound, for instance because a stranger
 * has the port.
 */
public final class ListenerBindException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String name;

	private final transient SocketAddress address;

	/**
	 * Creates an exception for one listener.
	 * @param name the listener's name
	 * @param address the address that was asked for
	 * @param problem what is in the way
	 * @param cause the failed system call
	 */
	public ListenerBindException(String name, SocketAddress address, String problem, @Nullable Throwable cause) {
		super("Listener '%s' cannot be bound to %s: %s".formatted(name, address, problem), cause);
		this.name = name;
		this.address = address;
	}

	/**
	 * {@return the listener's name}
	 */
	public String getName() {
		return this.name;
	}

	/**
	 * {@return the address that was asked for}
	 */
	public SocketAddress getAddress() {
		return this.address;
	}

}
