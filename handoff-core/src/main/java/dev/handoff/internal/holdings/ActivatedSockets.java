package dev.handoff.internal.holdings;

import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

import dev.handoff.SocketActivationException;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.GatedSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets that the service manager passed and nobody has asked for yet. Guarded by
 * the lock of the {@link Holdings}.
 */
final class ActivatedSockets implements SocketSource {

	private static final Logger logger = LoggerFactory.getLogger(ActivatedSockets.class);

	private final List<ActivatedSocket> sockets = new ArrayList<>();

	void add(List<ActivatedSocket> passed) {
		this.sockets.addAll(passed);
	}

	/**
	 * Makes a listener of the socket of that name, else of the one at exactly that
	 * address: names are often those of units, and several sockets may share one.
	 */
	@Override
	public <T extends GatedSocket> Optional<T> adopt(String name, SocketAddress address, Class<T> type) {
		Predicate<ActivatedSocket> suitable = (socket) -> socket.isOf(type)
				&& AddressMatch.suits(socket.address(), address);
		Optional<ActivatedSocket> found = find(suitable.and((socket) -> socket.name().equals(name)));
		if (found.isEmpty() && !AddressMatch.isAnyPort(address)) {
			found = find(suitable);
		}
		return found.map((socket) -> type.cast(adopt(name, socket)));
	}

	private Optional<ActivatedSocket> find(Predicate<ActivatedSocket> condition) {
		return this.sockets.stream().filter(condition).findFirst();
	}

	private GatedSocket adopt(String name, ActivatedSocket socket) {
		this.sockets.remove(socket);
		try {
			return socket.adopt(name);
		}
		catch (IOException ex) {
			throw new SocketActivationException("listener '%s' at %s".formatted(name, socket.address()), ex);
		}
	}

	/**
	 * Closes this process's copies of what nobody asked for. The service manager keeps
	 * its own.
	 */
	@Override
	public void close() {
		for (ActivatedSocket socket : this.sockets) {
			socket.descriptor().close();
			logger.info("Socket '{}' at {} of the service manager is not used: closed", socket.name(),
					socket.address());
		}
		this.sockets.clear();
	}

}
