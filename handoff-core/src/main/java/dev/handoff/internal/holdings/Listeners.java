package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import dev.handoff.AppendFile;
import dev.handoff.DatagramListener;
import dev.handoff.HandoffStatus.ListenerStatus;
import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import dev.handoff.NamedPipe;
import dev.handoff.ProcessFile;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.SocketTable;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.GatedDatagrams;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedPipe;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.OwnedFile;
import dev.handoff.internal.socket.SocketFacts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners and files of this process, claimed and not, and whether their gates are
 * open. Safe for use by several threads.
 */
public final class Listeners {

	private static final Logger logger = LoggerFactory.getLogger(Listeners.class);

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<String, GatedSocket> claimed = new LinkedHashMap<>();

	private final Map<String, GatedSocket> unclaimed = new LinkedHashMap<>();

	private final ActivatedSockets activated = new ActivatedSockets();

	private final OwnFiles files = new OwnFiles();

	private final Incumbent incumbent;

	private boolean gateOpen;

	private boolean relieving;

	private boolean incumbentLetGo;

	private boolean closed;

	public Listeners() {
		this(Incumbent.none());
	}

	public Listeners(Incumbent incumbent) {
		this.incumbent = incumbent;
	}

	/**
	 * Takes what the service manager passed, to be claimed by the application where the
	 * predecessor offers nothing.
	 */
	public void activate(List<ActivatedSocket> passed) {
		this.lock.lock();
		try {
			this.activated.add(passed);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes a received listener, to be claimed by the application.
	 */
	public void inherit(GatedSocket listener) {
		this.lock.lock();
		try {
			this.unclaimed.put(listener.name(), listener);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Takes a received file, to be claimed by the application.
	 */
	public void inherit(OwnedFile file) {
		this.lock.lock();
		try {
			this.files.inherit(file);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the inherited file of that name if its path is the same, else one that is
	 * opened.
	 */
	public AppendFile claimFile(String name, Path path, @Nullable ProcessFile source) {
		Path absolute = path.toAbsolutePath();
		this.lock.lock();
		try {
			return this.files.claim(name, absolute, AppendOnlyFile.class,
					() -> AppendOnlyFile.open(name, absolute, source));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the inherited pipe of that name if its path is the same, else one that is
	 * opened.
	 */
	public NamedPipe claimPipe(String name, Path path, @Nullable ProcessFile source) {
		Path absolute = path.toAbsolutePath();
		this.lock.lock();
		try {
			if (this.closed) {
				throw new IllegalStateException(
						"Pipe '%s' was asked for after this process has given up its listeners".formatted(name));
			}
			return this.files.claim(name, absolute, GatedPipe.class, () -> GatedPipe.open(name, absolute, source));
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the inherited listener of that name if its address suits, else a new one.
	 */
	public Listener claim(String name, SocketAddress address, int backlog) {
		return claim(name, address, GatedListener.class, () -> GatedListener.bind(name, address, backlog));
	}

	/**
	 * Returns the inherited UDP socket of that name if its address suits, else a new one.
	 */
	public DatagramListener claimDatagrams(String name, InetSocketAddress address) {
		return claim(name, address, GatedDatagrams.class, () -> GatedDatagrams.bind(name, address));
	}

	private <T extends GatedSocket> T claim(String name, SocketAddress address, Class<T> type, Supplier<T> bind) {
		if (name.isEmpty() || name.length() > 255) {
			throw new IllegalArgumentException("Listener name '%s' must have 1 to 255 characters".formatted(name));
		}
		if (!(address instanceof InetSocketAddress) && !(address instanceof UnixDomainSocketAddress)) {
			throw new IllegalArgumentException(
					"Listener '%s': %s is neither an internet nor a unix-domain address".formatted(name, address));
		}
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			throw new ListenerBindException(name, address, "the host name cannot be resolved", null);
		}
		this.lock.lock();
		try {
			checkFree(name);
			GatedSocket inherited = claimInherited(name, address, type);
			GatedSocket present = (inherited != null) ? inherited : adopt(name, address, type);
			T listener = type.isInstance(present) ? type.cast(present) : bind(name, address, bind);
			this.claimed.put(name, listener);
			if (this.gateOpen && mayOpen(listener)) {
				listener.openGate();
			}
			logger.info("Listener '{}' {} at {}", name, listener.origin().name().toLowerCase(Locale.ROOT),
					listener.address());
			return listener;
		}
		finally {
			this.lock.unlock();
		}
	}

	private @Nullable GatedSocket adopt(String name, SocketAddress address, Class<? extends GatedSocket> type) {
		return this.activated.adopt(name, address, type)
			.or(() -> this.incumbent.adopt(name, address, type))
			.orElse(null);
	}

	private void checkFree(String name) {
		if (this.closed) {
			throw new IllegalStateException(
					"Listener '%s' was asked for after this process has given up its listeners".formatted(name));
		}
		GatedSocket existing = this.claimed.get(name);
		if (existing != null && !existing.isClosed()) {
			throw new IllegalStateException("Listener '%s' exists already, at %s".formatted(name, existing.address()));
		}
	}

	private @Nullable GatedSocket claimInherited(String name, SocketAddress address, Class<?> type) {
		GatedSocket inherited = this.unclaimed.remove(name);
		if (inherited == null || (type.isInstance(inherited) && AddressMatch.suits(inherited.address(), address))) {
			return inherited;
		}
		logger.info("Listener '{}' moves from {} to {}: the inherited one is declined", name, inherited.address(),
				address);
		inherited.close();
		return null;
	}

	private <T extends GatedSocket> T bind(String name, SocketAddress address, Supplier<T> bind) {
		try {
			return bind.get();
		}
		catch (ListenerBindException ex) {
			for (GatedSocket inherited : this.unclaimed.values()) {
				if (isInTheWay(inherited.address(), address)) {
					throw new ListenerBindException(name, address,
							"the predecessor has it under the name '%s'; ask for it by that name"
								.formatted(inherited.name()),
							ex);
				}
			}
			throw ex;
		}
	}

	private static boolean isInTheWay(SocketAddress inherited, SocketAddress asked) {
		if (inherited instanceof InetSocketAddress inet && asked instanceof InetSocketAddress askedInet) {
			return inet.getPort() == askedInet.getPort();
		}
		return inherited.equals(asked);
	}

	/**
	 * Opens the gates, but for those of acquired listeners that have to wait.
	 */
	public void openGates() {
		this.lock.lock();
		try {
			this.gateOpen = true;
			this.claimed.values().stream().filter(this::mayOpen).forEach(GatedSocket::openGate);
			this.files.openGates();
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean mayOpen(GatedSocket listener) {
		return listener.origin() != Listener.Origin.ACQUIRED || this.incumbentLetGo
				|| (this.relieving && isNonBlocking(listener));
	}

	private static boolean isNonBlocking(GatedSocket listener) {
		try {
			return !listener.isClosed() && listener.isNonBlocking();
		}
		catch (IOException ex) {
			logger.debug("It is not known whether listener '{}' is non-blocking", listener.name(), ex);
			return false;
		}
	}

	/**
	 * Opens the gates of acquired listeners that are non-blocking, so that this process
	 * serves, and then asks the incumbent to finish. The others have to wait until it has
	 * let go of them: it may be in accept(2) and not expect that it returns with nothing.
	 * @return whether to check it from now on
	 */
	public boolean relieveIncumbent() {
		this.lock.lock();
		try {
			this.relieving = true;
			if (this.gateOpen) {
				openGates();
			}
			if (this.incumbent.relieve()) {
				return true;
			}
			incumbentLetGo();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Checks whether the incumbent has let go of what was acquired.
	 * @param last whether to open the gates even if it has not
	 * @return whether to check again
	 */
	public boolean checkIncumbent(boolean last) {
		this.lock.lock();
		try {
			if (this.incumbent.isHolding(last) && !last) {
				return true;
			}
			incumbentLetGo();
			return false;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void incumbentLetGo() {
		this.incumbentLetGo = true;
		if (this.gateOpen) {
			openGates();
		}
	}

	/**
	 * Lets listeners be acquired, as there is no predecessor.
	 * @throws dev.handoff.AcquisitionException if they cannot be
	 */
	public void openIncumbent() {
		this.incumbent.open();
	}

	/**
	 * Closes the gates: nothing is accepted once this returns.
	 */
	public void closeGates() {
		this.lock.lock();
		try {
			this.gateOpen = false;
			this.claimed.values().forEach(GatedSocket::closeGate);
			this.files.closeGates();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the inherited listeners and files that nobody asked for: held by a process
	 * that does not accept on them they would swallow connections.
	 */
	public void closeUnclaimed() {
		this.lock.lock();
		try {
			for (GatedSocket listener : this.unclaimed.values()) {
				logger.info("Listener '{}' at {} is not used any more: closed", listener.name(), listener.address());
				listener.close();
			}
			this.unclaimed.clear();
			this.activated.close();
			this.files.closeUnclaimed();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes this process's copies of all listeners and pipes, for good.
	 */
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
			closeOffered();
			this.activated.close();
			this.incumbent.close();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the files that are left, for good.
	 */
	public void closeFiles() {
		this.lock.lock();
		try {
			this.files.close();
		}
		finally {
			this.lock.unlock();
		}
	}

	private void closeOffered() {
		this.gateOpen = false;
		this.files.closePipes();
		this.claimed.values().forEach(Listeners::close);
		this.unclaimed.values().forEach(Listeners::close);
		this.unclaimed.clear();
	}

	// One server's failure must not keep the others' sockets open.
	private static void close(GatedSocket listener) {
		try {
			listener.close();
		}
		catch (RuntimeException ex) {
			logger.error("Listener '{}' was not closed in order", listener.name(), ex);
		}
	}

	/**
	 * Makes this usable again after an offer that came to nothing.
	 */
	public void reset() {
		this.lock.lock();
		try {
			closeOffered();
			this.closed = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	public List<Listener> snapshot() {
		return open().stream().filter(Listener.class::isInstance).map(Listener.class::cast).toList();
	}

	public List<ListenerStatus> status() {
		return open().stream().map(Listeners::status).toList();
	}

	private static ListenerStatus status(GatedSocket socket) {
		boolean gateOpen = (socket instanceof GatedListener listener) ? listener.isAccepting()
				: ((GatedDatagrams) socket).isReceiving();
		long count = (socket instanceof GatedListener listener) ? listener.acceptedCount()
				: ((GatedDatagrams) socket).receivedCount();
		return new ListenerStatus(socket.name(), socket.facts().address(), socket.origin(), count, gateOpen);
	}

	/**
	 * Returns how many TCP connections wait to be accepted, {@code null} if unknown.
	 */
	public @Nullable Integer waiting() {
		Set<Long> inodes = open().stream().map((socket) -> socket.facts().inode()).collect(Collectors.toSet());
		OptionalInt waiting = SocketTable.waiting(inodes);
		return waiting.isPresent() ? waiting.getAsInt() : null;
	}

	/**
	 * Appends the files that a successor is offered, if it knows files. The descriptors
	 * stay open as long as the leases.
	 */
	public void describeFiles(List<Offer.Entry> manifest, List<FileDescriptor> descriptors,
			List<DescriptorLease> leases) throws IOException {
		this.lock.lock();
		try {
			this.files.describe(manifest, descriptors, leases);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Appends the listeners that a successor is offered. The descriptors stay open as
	 * long as the leases.
	 */
	public void describe(List<Offer.Entry> manifest, List<FileDescriptor> descriptors, List<DescriptorLease> leases) {
		for (GatedSocket listener : open()) {
			try {
				leases.add(listener.lease());
			}
			catch (IllegalStateException ex) {
				// The application has closed it.
				continue;
			}
			SocketFacts facts = listener.facts();
			manifest.add(new Offer.Entry(listener.name(), kind(facts), facts.address(), facts.inode()));
			descriptors.add(listener.descriptor());
		}
	}

	private static Offer.Kind kind(SocketFacts facts) {
		if (facts.isDatagramSocket()) {
			return Offer.Kind.UDP;
		}
		return (facts.domain() == SocketFacts.Domain.UNIX) ? Offer.Kind.UNIX : Offer.Kind.TCP;
	}

	private Collection<GatedSocket> open() {
		this.lock.lock();
		try {
			List<GatedSocket> open = new ArrayList<>(this.claimed.values());
			open.removeIf(GatedSocket::isClosed);
			return open;
		}
		finally {
			this.lock.unlock();
		}
	}

}
