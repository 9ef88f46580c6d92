package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;

import dev.handoff.AppendFile;
import dev.handoff.DatagramListener;
import dev.handoff.HandoffException;
import dev.handoff.HandoffStatus.ListenerStatus;
import dev.handoff.Listener;
import dev.handoff.ListenerBindException;
import dev.handoff.NamedPipe;
import dev.handoff.ProcessFile;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.GatedDatagrams;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedPipe;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.Holding;
import dev.handoff.internal.socket.OwnedFile;
import dev.handoff.internal.socket.SocketTable;
import dev.handoff.internal.text.PlainText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The listeners, files and pipes of this process, claimed and not, and whether their
 * gates are open. Safe for use by several threads.
 */
public final class Holdings {

	private static final Logger logger = LoggerFactory.getLogger(Holdings.class);

	// Two entries of the manifest are the control listener and the lock of background
	// work.
	private static final int MAX_OPEN = FrameCodec.MAX_ENTRIES - 2;

	private final ReentrantLock lock = new ReentrantLock();

	private final Map<Name, Holding> claimed = new LinkedHashMap<>();

	private final Map<Name, Holding> unclaimed = new LinkedHashMap<>();

	private final ActivatedSockets activated = new ActivatedSockets();

	private final Incumbent incumbent;

	// What was inherited under the name of something else.
	private final List<String> moved = new ArrayList<>();

	private boolean gateOpen;

	private boolean relieving;

	private boolean incumbentLetGo;

	private boolean closed;

	// The listeners that stay open while this process leaves without a successor.
	private final Set<String> last = new HashSet<>();

	private boolean leaving;

	private @Nullable HandoffException refusal;

	private boolean filesClosed;

	public Holdings() {
		this(Incumbent.none());
	}

	public Holdings(Incumbent incumbent) {
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
	 * Makes a listener or file of a descriptor that was received and verified, to be
	 * claimed by the application.
	 * @param entry what the manifest says about it
	 * @param descriptor the descriptor, not the caller's from now on
	 * @throws IOException if it cannot be made; the descriptor is closed then
	 */
	public void inherit(Offer.Entry entry, FileDescriptor descriptor) throws IOException {
		inherit(ManifestEntry.adopt(entry, descriptor));
	}

	void inherit(Holding holding) {
		this.lock.lock();
		try {
			this.unclaimed.put(Name.of(holding), holding);
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
		return claimFile(name, absolute, AppendOnlyFile.class, () -> AppendOnlyFile.open(name, absolute, source));
	}

	/**
	 * Returns the inherited pipe of that name if its path is the same, else one that is
	 * opened.
	 */
	public NamedPipe claimPipe(String name, Path path, @Nullable ProcessFile source) {
		Path absolute = path.toAbsolutePath();
		return claimFile(name, absolute, GatedPipe.class, () -> GatedPipe.open(name, absolute, source));
	}

	private <T extends OwnedFile> T claimFile(String name, Path path, Class<T> type, Supplier<T> open) {
		if (path.toString().length() > FrameCodec.MAX_ADDRESS_LENGTH) {
			throw new IllegalArgumentException("File '%s': its path has more than %d characters: %s".formatted(name,
					FrameCodec.MAX_ADDRESS_LENGTH, path));
		}
		return claim(Name.ofFile(name), path, type, (file) -> file.path().equals(path), open);
	}

	/**
	 * Returns the inherited listener of that name if its address suits, else a new one.
	 */
	public Listener claim(String name, SocketAddress address, int backlog) {
		this.lock.lock();
		try {
			GatedListener listener = claimSocket(name, address, GatedListener.class,
					() -> GatedListener.bind(name, address, backlog));
			listener.setBacklog(backlog);
			return listener;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Returns the inherited UDP socket of that name if its address suits, else a new one.
	 */
	public DatagramListener claimDatagrams(String name, InetSocketAddress address) {
		return claimSocket(name, address, GatedDatagrams.class, () -> GatedDatagrams.bind(name, address));
	}

	private <T extends GatedSocket> T claimSocket(String name, SocketAddress address, Class<T> type, Supplier<T> bind) {
		if (!(address instanceof InetSocketAddress) && !(address instanceof UnixDomainSocketAddress)) {
			throw new IllegalArgumentException(
					"Listener '%s': %s is neither an internet nor a unix-domain address".formatted(name, address));
		}
		if (address instanceof InetSocketAddress inet && inet.isUnresolved()) {
			throw new ListenerBindException(name, address, "the host name cannot be resolved", null);
		}
		return claim(Name.ofListener(name), address, type, (socket) -> AddressMatch.suits(socket.address(), address),
				() -> this.activated.adopt(name, address, type)
					.or(() -> this.incumbent.adopt(name, address, type))
					.orElseGet(() -> bind(name, address, bind)));
	}

	private <T extends Holding> T claim(Name name, Object place, Class<T> type, Predicate<T> suitable,
			Supplier<T> open) {
		name.check();
		this.lock.lock();
		try {
			checkFree(name, type);
			checkCount(name);
			T inherited = claimInherited(name, place, type, suitable);
			T holding = (inherited != null) ? inherited : open.get();
			this.claimed.put(name, holding);
			if (this.gateOpen && mayOpen(holding)) {
				holding.openGate();
			}
			logger.info("{} {} at {}", name, origin(holding), holding.place());
			return holding;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void checkFree(Name name, Class<?> type) {
		// Append files can be asked for until the end.
		if (this.closed && type != AppendOnlyFile.class) {
			if (this.refusal != null) {
				throw this.refusal;
			}
			throw new IllegalStateException(
					"%s was asked for after this process has given up its listeners".formatted(name));
		}
		if (this.filesClosed) {
			throw new IllegalStateException("%s was asked for after the handoff was closed".formatted(name));
		}
		Holding existing = this.claimed.get(name);
		if (existing != null && existing.isOpen()) {
			throw new IllegalStateException("%s exists already, at %s".formatted(name, existing.place()));
		}
	}

	private void checkCount(Name name) {
		if (this.claimed.values().stream().filter(Holding::isOpen).count() >= MAX_OPEN) {
			throw new IllegalStateException(
					"%s would be one too many: %d listeners and files can be handed over".formatted(name, MAX_OPEN));
		}
	}

	private <T extends Holding> @Nullable T claimInherited(Name name, Object place, Class<T> type,
			Predicate<T> suitable) {
		Holding inherited = this.unclaimed.remove(name);
		if (inherited == null) {
			return null;
		}
		if (type.isInstance(inherited) && suitable.test(type.cast(inherited))) {
			return type.cast(inherited);
		}
		logger.info("{} is now at {} and no longer at {}: the inherited one is closed", name, place, inherited.place());
		if (inherited instanceof GatedSocket) {
			this.moved.add("%s (here it is at %s)".formatted(inWords(inherited), place));
		}
		close(inherited);
		return null;
	}

	private static String origin(Holding holding) {
		if (holding instanceof GatedSocket socket) {
			return socket.origin().name().toLowerCase(Locale.ROOT);
		}
		return ((OwnedFile) holding).isInherited() ? "inherited" : "opened";
	}

	private <T extends GatedSocket> T bind(String name, SocketAddress address, Supplier<T> bind) {
		try {
			return bind.get();
		}
		catch (ListenerBindException ex) {
			for (Holding inherited : this.unclaimed.values()) {
				if (isInTheWay(inherited.place(), address)) {
					throw new ListenerBindException(name, address,
							"the predecessor has it under the name '%s'; ask for it by that name"
								.formatted(inherited.name()),
							ex);
				}
			}
			throw ex;
		}
	}

	private static boolean isInTheWay(Object inherited, SocketAddress asked) {
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
			this.claimed.values().stream().filter(this::mayOpen).forEach(Holding::openGate);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean mayOpen(Holding holding) {
		return !(holding instanceof GatedSocket listener) || listener.origin() != Listener.Origin.ACQUIRED
				|| this.incumbentLetGo || (this.relieving && isNonBlocking(listener));
	}

	private static boolean isNonBlocking(GatedSocket listener) {
		try {
			return listener.isOpen() && listener.isNonBlocking();
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
			this.claimed.values().stream().filter((holding) -> !isKept(holding)).forEach(Holding::closeGate);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Has the listener of that name stay open, with its gate, while this process leaves
	 * without a successor.
	 */
	public void keepWhileLeaving(String listener) {
		this.lock.lock();
		try {
			this.last.add(listener);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes the listeners that were kept while this process left.
	 */
	public void closeKept() {
		this.lock.lock();
		try {
			this.claimed.values().stream().filter(this::isLast).forEach(Holdings::close);
		}
		finally {
			this.lock.unlock();
		}
	}

	private boolean isKept(Holding holding) {
		return this.leaving && isLast(holding);
	}

	private boolean isLast(Holding holding) {
		return holding instanceof GatedListener listener && this.last.contains(listener.name());
	}

	/**
	 * Says that this process leaves and nobody succeeds it, and has the listeners closed
	 * by their acceptors when their queues are empty: what waits in one is reset when it
	 * is closed, and nobody takes it over.
	 * @param patience how long to wait for that at most; the rest is closed as usual
	 */
	public void leave(Duration patience) {
		this.lock.lock();
		try {
			this.leaving = true;
		}
		finally {
			this.lock.unlock();
		}
		List<GatedListener> listeners = open(GatedListener.class).stream()
			.filter((listener) -> !isKept(listener))
			.toList();
		listeners.forEach(GatedListener::closeWhenEmpty);
		try {
			long left = patience.toNanos();
			for (GatedListener listener : listeners) {
				left = listener.awaitClosed(left);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * Returns the inherited listeners that the application has not asked for, or has
	 * elsewhere.
	 * @return the listeners, in words
	 */
	public List<String> dropped() {
		this.lock.lock();
		try {
			List<String> dropped = new ArrayList<>(this.moved);
			this.unclaimed.values()
				.stream()
				.filter(GatedSocket.class::isInstance)
				.map(Holdings::inWords)
				.forEach(dropped::add);
			return dropped;
		}
		finally {
			this.lock.unlock();
		}
	}

	private static String inWords(Holding inherited) {
		return "listener '%s' at %s".formatted(inherited.name(), inherited.place());
	}

	/**
	 * Closes what was inherited or passed and nobody asked for: held by a process that
	 * does not accept on it, a listener would swallow connections, and a pipe what is
	 * written to it.
	 */
	public void closeUnclaimed() {
		this.lock.lock();
		try {
			this.unclaimed.forEach(
					(name, holding) -> logger.info("{} at {} is not used any more: closed", name, holding.place()));
			discardUnclaimed(Holding.class);
			this.activated.close();
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Closes this process's copies of all listeners and pipes, for good. Append files
	 * stay open: connections in hand may still write to them.
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
	 * Tells an application that asks for something later, while it starts, why it gets
	 * nothing.
	 */
	public void refuse(HandoffException cause) {
		this.lock.lock();
		try {
			this.refusal = cause;
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
			this.filesClosed = true;
			this.claimed.values().stream().filter(OwnedFile.class::isInstance).forEach(Holdings::close);
			discardUnclaimed(OwnedFile.class);
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * Makes this usable again after an offer that came to nothing.
	 */
	public void reset() {
		this.lock.lock();
		try {
			closeOffered();
			this.moved.clear();
			this.closed = false;
		}
		finally {
			this.lock.unlock();
		}
	}

	private void closeOffered() {
		this.gateOpen = false;
		this.claimed.values()
			.stream()
			.filter((holding) -> !(holding instanceof AppendOnlyFile) && !isKept(holding))
			.forEach(Holdings::close);
		discardUnclaimed(Holding.class);
	}

	private void discardUnclaimed(Class<? extends Holding> type) {
		this.unclaimed.values().stream().filter(type::isInstance).forEach(Holdings::close);
		this.unclaimed.values().removeIf(type::isInstance);
	}

	// One failure must not keep the others open.
	private static void close(Holding holding) {
		try {
			holding.close();
		}
		catch (RuntimeException ex) {
			logger.error("{} could not be closed cleanly", Name.of(holding), ex);
		}
	}

	public List<Listener> snapshot() {
		return open(GatedSocket.class).stream().filter(Listener.class::isInstance).map(Listener.class::cast).toList();
	}

	public List<ListenerStatus> status() {
		return open(GatedSocket.class).stream()
			.map((socket) -> new ListenerStatus(socket.name(), socket.facts().address(), socket.origin(),
					socket.count(), socket.isGateOpen()))
			.toList();
	}

	/**
	 * Returns how many TCP connections wait to be accepted, {@code null} if unknown.
	 */
	public @Nullable Integer waiting() {
		Set<Long> inodes = open(GatedSocket.class).stream()
			.map((socket) -> socket.facts().inode())
			.collect(Collectors.toSet());
		OptionalInt waiting = SocketTable.waiting(inodes);
		return waiting.isPresent() ? waiting.getAsInt() : null;
	}

	/**
	 * Appends the listeners that a successor is offered. The descriptors stay open as
	 * long as the leases.
	 */
	public void describe(List<Offer.Entry> manifest, List<FileDescriptor> descriptors, List<DescriptorLease> leases)
			throws IOException {
		describe(GatedSocket.class, manifest, descriptors, leases);
	}

	/**
	 * Appends the files that a successor is offered, if it knows files. The descriptors
	 * stay open as long as the leases.
	 */
	public void describeFiles(List<Offer.Entry> manifest, List<FileDescriptor> descriptors,
			List<DescriptorLease> leases) throws IOException {
		describe(OwnedFile.class, manifest, descriptors, leases);
	}

	private void describe(Class<? extends Holding> type, List<Offer.Entry> manifest, List<FileDescriptor> descriptors,
			List<DescriptorLease> leases) throws IOException {
		for (Holding holding : open(type)) {
			DescriptorLease lease;
			try {
				lease = holding.lease();
			}
			catch (IllegalStateException ex) {
				// The application has closed it.
				continue;
			}
			leases.add(lease);
			manifest.add(ManifestEntry.of(holding));
			descriptors.add(lease.descriptor());
		}
	}

	private <T extends Holding> List<T> open(Class<T> type) {
		this.lock.lock();
		try {
			List<T> open = new ArrayList<>();
			for (Holding holding : this.claimed.values()) {
				if (type.isInstance(holding) && holding.isOpen()) {
					open.add(type.cast(holding));
				}
			}
			return open;
		}
		finally {
			this.lock.unlock();
		}
	}

	/**
	 * A name, of listeners or of files: the two are apart.
	 */
	private record Name(String kind, String text) {

		static Name of(Holding holding) {
			return (holding instanceof OwnedFile) ? ofFile(holding.name()) : ofListener(holding.name());
		}

		static Name ofListener(String text) {
			return new Name("Listener", text);
		}

		static Name ofFile(String text) {
			return new Name("File", text);
		}

		void check() {
			if (this.text.isEmpty() || this.text.length() > FrameCodec.MAX_NAME_LENGTH) {
				throw new IllegalArgumentException(
						"%s must have a name of 1 to %d characters".formatted(this, FrameCodec.MAX_NAME_LENGTH));
			}
			if (!PlainText.isPlain(this.text)) {
				throw new IllegalArgumentException("%s '%s' must have a name without control characters"
					.formatted(this.kind, PlainText.of(this.text)));
			}
		}

		@Override
		public String toString() {
			return "%s '%s'".formatted(this.kind, this.text);
		}

	}

}
