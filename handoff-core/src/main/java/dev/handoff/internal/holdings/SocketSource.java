package dev.handoff.internal.holdings;

import java.net.SocketAddress;
import java.util.Optional;

import dev.handoff.internal.socket.GatedSocket;

/**
 * Sockets that another process opened and that become listeners when the application asks
 * for them. Guarded by the lock of the {@link Holdings}.
 */
public interface SocketSource {

	/**
	 * Makes a listener of a socket that suits.
	 * @param <T> the type of listener
	 * @param name the listener's name
	 * @param address the address that the application asks for
	 * @param type the type of listener
	 * @return the listener, its gate closed; empty if there is no such socket
	 */
	<T extends GatedSocket> Optional<T> adopt(String name, SocketAddress address, Class<T> type);

	/**
	 * Closes this process's copies of what nobody asked for. Closing twice has no effect.
	 */
	void close();

}
