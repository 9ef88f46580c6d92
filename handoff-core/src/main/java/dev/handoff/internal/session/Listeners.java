package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.SocketFacts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners of this process, claimed and not, and whether their gates are open. Safe
 * for use by several threads.
 */
final class Listeners {

	private static final Logger logger = LoggerFactory.getLogger(Listeners.class);

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, GatedListener> claimed = new LinkedHashMap<>();

	private final Map<String, GatedListener> unclaimed = new LinkedHashMap<>();

	private boolean gateOpen;

	private boolean closed;

	/**
	 * Takes a received listener, to be claimed by the application.
	 */
	void inherit(GatedListener listener) {
		this.lock.lock();
		try {
			this.unclaimed.put(listener.name(), listener);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the inherited listener of that name if its address suits, else a new one.
	 */
	Listener claim(String name, InetSocketAddress address, int backlog) {
		if (name.isEmpty() || name.length() > 255) {
			throw new IllegalArgumentException("Listener name '%s' must have 1 to 255 characters".formatted(name));
		}
		if (address.isUnresolved()) {
			throw new ListenerBindException(name, address, "the host name cannot be resolved", null);
		}
		this.lock.lock();
		try {
			checkFree(name);
			GatedListener listener = claimInherited(name, address);
			if (listener == null) {
				listener = bind(name, address, backlog);
			}
			this.claimed.put(name, listener);
			if (this.gateOpen) {
				listener.openGate();
			}
			logger.info("Listener '{}' {} at {}", name,
					(listener.origin() == Listener.Origin.INHERITED) ? "inherited" : "bound", listener.address());
			return listener;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkFree(String name) {
		if (this.closed) {
			throw new IllegalStateException(
					"Listener '%s' was asked for after this process has given up its listeners".formatted(name));
		}
		GatedListener existing = this.claimed.get(name);
		if (existing != null && !existing.isClosed()) {
			throw new IllegalStateException("Listener '%s' exists already, at %s".formatted(name, existing.address()));
		}
	}

	private @Nullable GatedListener claimInherited(String name, InetSocketAddress address) {
		GatedListener inherited = this.unclaimed.remove(name);
		if (inherited == null || suits(inherited.address(), address)) {
			return inherited;
		}
		logger.info("Listener '{}' moves from {} to {}: the inherited one is declined", name, inherited.address(),
				address);
		inherited.close();
		return null;
	}

	private GatedListener bind(String name, InetSocketAddress address, int backlog) {
		try {
			return GatedListener.bind(name, address, backlog);
		}
		catch (ListenerBindException ex) {
			for (GatedListener inherited : this.unclaimed.values()) {
				if (inherited.address().getPort() == address.getPort()) {
					throw new ListenerBindException(name, address,
							"the predecessor has it under the name '%s'; ask for it by that name"
								.formatted(inherited.name()),
							ex);
				}
			}
			throw ex;
		}
	}

	private static boolean suits(InetSocketAddress inherited, InetSocketAddress asked) {
		boolean sameAddress = inherited.getAddress().equals(asked.getAddress())
				|| (inherited.getAddress().isAnyLocalAddress() && asked.getAddress().isAnyLocalAddress());
		return sameAddress && (asked.getPort() == 0 || asked.getPort() == inherited.getPort());
	}

	void openGates() {
		this.lock.lock();
		try {
			this.gateOpen = true;
			this.claimed.values().forEach(GatedListener::openGate);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the gates: nothing is accepted once this returns.
	 */
	void closeGates() {
		this.lock.lock();
		try {
			this.gateOpen = false;
			this.claimed.values().forEach(GatedListener::closeGate);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the inherited listeners that nobody asked for: held by a process that does
	 * not accept on them they would swallow connections.
	 */
	void closeUnclaimed() {
		this.lock.lock();
		try {
			for (GatedListener listener : this.unclaimed.values()) {
				logger.info("Listener '{}' at {} is not used any more: closed", listener.name(), listener.address());
				listener.close();
			}
			this.unclaimed.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes this process's copies of all listeners, for good.
	 */
	void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.gateOpen = false;
			this.claimed.values().forEach(GatedListener::close);
			this.unclaimed.values().forEach(GatedListener::close);
			this.unclaimed.clear();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Makes this usable again after an offer that came to nothing.
	 */
	void reset() {
		this.lock.lock();
		try {
			close();
			this.closed = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	List<Listener> snapshot() {
		return List.copyOf(open());
	}

	/**
	 * Appends what a successor is offered. The descriptors stay open as long as the
	 * holds.
	 */
	void describe(List<Offer.Entry> manifest, List<FileDescriptor> descriptors, List<GatedListener.Hold> holds) {
		for (GatedListener listener : open()) {
			holds.add(listener.hold());
			SocketFacts facts = listener.facts();
			manifest.add(new Offer.Entry(listener.name(), Offer.Kind.TCP, facts.address(), facts.inode()));
			descriptors.add(listener.descriptor());
		}
	}

	private Collection<GatedListener> open() {
		this.lock.lock();
		try {
			List<GatedListener> open = new ArrayList<>(this.claimed.values());
			open.removeIf(GatedListener::isClosed);
			return open;
		}
		finally {
			this.lock.unlock();
		}
	}

}
