package dev.handoff.internal.holdings;

import java.net.SocketAddress;
import java.util.Optional;

import dev.handoff.AcquisitionException;
import dev.handoff.internal.socket.GatedSocket;

/**
 * A process that takes no part in handoffs and has listeners that this one wants. Gives
 * none before {@link #open()}. Guarded by the lock of the {@link Holdings}.
 */
public interface Incumbent extends SocketSource {

	/**
	 * Finds the process, if there is one.
	 * @throws AcquisitionException if it cannot be acquired from
	 */
	void open();

	/**
	 * Asks it to finish, if anything was acquired from it.
	 * @return whether it was asked
	 */
	boolean relieve();

	/**
	 * Returns whether it, or a process that shares its sockets, may accept on what was
	 * acquired.
	 * @param last whether this is the last time that anybody asks
	 * @return {@code false} if they have all closed their copies, or ended, or are
	 * stopped
	 */
	boolean isHolding(boolean last);

	/**
	 * {@return no process}
	 */
	static Incumbent none() {
		return new Incumbent() {

			@Override
			public void open() {
			}

			@Override
			public <T extends GatedSocket> Optional<T> adopt(String name, SocketAddress address, Class<T> type) {
				return Optional.empty();
			}

			@Override
			public boolean relieve() {
				return false;
			}

			@Override
			public boolean isHolding(boolean last) {
				return false;
			}

			@Override
			public void close() {
			}

		};
	}

}
