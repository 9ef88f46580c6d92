package dev.handoff.internal.pidfd;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

import dev.handoff.Acquisition;
import dev.handoff.Acquisition.Signal;
import dev.handoff.AcquisitionException;
import dev.handoff.AcquisitionException.Reason;
import dev.handoff.Listener.Origin;
import dev.handoff.internal.holdings.Incumbent;
import dev.handoff.internal.libc.SystemCallException;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.GatedDatagrams;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.internal.socket.SocketHolder;
import dev.handoff.internal.socket.SocketTable;
import dev.handoff.internal.socket.SocketTable.Entry;
import dev.handoff.internal.text.PlainText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process that an {@link Acquisition} names. Nothing of it changes before it is
 * relieved; closing this before leaves it as it was.
 */
public final class IncumbentProcess implements Incumbent {

	private static final Logger logger = LoggerFactory.getLogger(IncumbentProcess.class);

	// pid_namespaces(7): when it ends, the kernel kills all others.
	private static final int FIRST_PROCESS = 1;

	private final Acquisition acquisition;

	private final Set<Long> trustedUids;

	private final Map<Long, SocketAddress> acquired = new LinkedHashMap<>();

	private @Nullable PidFd process;

	private List<SocketHolder> holders = List.of();

	/**
	 * Creates it. The process is looked for by {@link #open()}.
	 * @param acquisition which process
	 * @param trustedUids whose pid file is believed besides root's and this process's
	 * user's
	 */
	public IncumbentProcess(Acquisition acquisition, Set<Long> trustedUids) {
		this.acquisition = acquisition;
		this.trustedUids = trustedUids;
	}

	@Override
	public void open() {
		Optional<PidFd> found = this.acquisition.pidFile().isPresent() ? find(this.acquisition.pidFile().get())
				: Optional.of(PidFd.open(this.acquisition.pid().orElseThrow()));
		if (found.isEmpty()) {
			return;
		}
		try {
			checkSurvival(found.get().pid());
			checkNamespace(found.get().pid());
			checkAccess(found.get());
			this.process = found.get();
		}
		finally {
			if (this.process == null) {
				found.get().close();
			}
		}
	}

	// What is configured for good must not keep a server from starting again.
	private Optional<PidFd> find(Path path) {
		PidFile pidFile = new PidFile(path, this.trustedUids);
		try {
			PidFd process = PidFd.open(pidFile.read());
			check(pidFile, process);
			return Optional.of(process);
		}
		catch (NoSuchFileException ex) {
			logger.info("No listeners are acquired: there is no file '{}'", path);
		}
		catch (NumberFormatException ex) {
			throw new AcquisitionException(Reason.NO_SUCH_PROCESS, 0, "the file '%s' has no process id: %s"
				.formatted(path, PlainText.of(String.valueOf(ex.getMessage()))), ex);
		}
		catch (IOException ex) {
			throw new AcquisitionException(Reason.NO_SUCH_PROCESS, 0,
					"the file '%s' is not believed: %s".formatted(path, ex.getMessage()), ex);
		}
		catch (AcquisitionException ex) {
			if (ex.getReason() != Reason.NO_SUCH_PROCESS) {
				throw ex;
			}
			logger.info("No listeners are acquired: process {} of '{}' has ended", ex.getPid(), path);
		}
		return Optional.empty();
	}

	private static void check(PidFile pidFile, PidFd process) throws IOException {
		boolean checked = false;
		try {
			pidFile.checkProcess(process.pid());
			checked = true;
		}
		catch (NoSuchFileException ex) {
			throw new AcquisitionException(Reason.NO_SUCH_PROCESS, process.pid(), "it has ended", ex);
		}
		finally {
			if (!checked) {
				process.close();
			}
		}
	}

	private static void checkSurvival(long pid) {
		if (pid == FIRST_PROCESS) {
			throw new AcquisitionException(Reason.FIRST_PROCESS, pid,
					"it is the first process of this pid namespace, and when it ends, the kernel kills all others, this one too",
					null);
		}
	}

	private static void checkNamespace(long pid) {
		String own = NetworkNamespace.current();
		String other = NetworkNamespace.of(proc(pid).resolve("ns/net"));
		// Empty if this process may not look, then it may not take anything either.
		if (!other.isEmpty() && !other.equals(own)) {
			throw new AcquisitionException(Reason.NETWORK_NAMESPACE, pid,
					"its sockets are of network namespace %s, this process runs in %s, so nobody would reach them once it has exited; run both in one network namespace"
						.formatted(other, own),
					null);
		}
	}

	private void checkAccess(PidFd incumbent) {
		try {
			SocketHolder.sockets(proc(incumbent.pid()));
			if (this.acquisition.signal() != Signal.NONE) {
				incumbent.signal(0);
			}
		}
		catch (SystemCallException ex) {
			throw new AcquisitionException(Reason.PERMISSION, incumbent.pid(),
					"this process may not send it SIG%s (needs its user or CAP_KILL, or the signal NONE): %s"
						.formatted(this.acquisition.signal(), ex.getMessage()),
					ex);
		}
		catch (IOException ex) {
			throw unreadable(incumbent.pid(), ex);
		}
	}

	private static AcquisitionException unreadable(long pid, IOException failure) {
		if (failure instanceof AccessDeniedException) {
			return Denial.of(pid, failure);
		}
		if (failure instanceof NoSuchFileException) {
			return new AcquisitionException(Reason.NO_SUCH_PROCESS, pid, "it has ended", failure);
		}
		return new AcquisitionException(Reason.FAILED, pid, String.valueOf(failure.getMessage()), failure);
	}

	@Override
	public <T extends GatedSocket> Optional<T> adopt(String name, SocketAddress address, Class<T> type) {
		PidFd incumbent = this.process;
		if (incumbent == null || AddressMatch.isAnyPort(address)
				|| !(this.acquisition.listeners().isEmpty() || this.acquisition.listeners().contains(name))) {
			return Optional.empty();
		}
		try {
			Map<Long, Integer> descriptors = SocketHolder.sockets(proc(incumbent.pid()));
			List<Entry> entries = sockets(proc(incumbent.pid()), type);
			List<Entry> held = entries.stream().filter((entry) -> descriptors.containsKey(entry.inode())).toList();
			Entry entry = choose(incumbent.pid(), address, held, entries);
			FileDescriptor descriptor = incumbent.take(Objects.requireNonNull(descriptors.get(entry.inode())));
			GatedSocket socket = GatedSocket.adopt(name, descriptor, Origin.ACQUIRED);
			verify(incumbent.pid(), entry, socket);
			this.acquired.put(entry.inode(), entry.address());
			return Optional.of(type.cast(socket));
		}
		catch (IOException ex) {
			throw unreadable(incumbent.pid(), ex);
		}
	}

	private static List<Entry> sockets(Path directory, Class<?> type) throws IOException {
		return (type == GatedDatagrams.class) ? SocketTable.datagramSockets(directory)
				: SocketTable.listeners(directory);
	}

	/**
	 * Returns the one socket that suits: of two with wildcard addresses the one that has
	 * exactly the address asked for.
	 */
	private static Entry choose(long pid, SocketAddress address, List<Entry> held, List<Entry> all) {
		List<Entry> suitable = suitable(held, address);
		List<Entry> exact = suitable.stream().filter((entry) -> entry.address().equals(address)).toList();
		List<Entry> chosen = exact.isEmpty() ? suitable : exact;
		if (chosen.isEmpty()) {
			throw missing(pid, address, held, suitable(all, address));
		}
		if (chosen.size() > 1) {
			throw new AcquisitionException(Reason.SEVERAL_LISTENERS, pid,
					"it has %d sockets for %s, each with connections of its own: %s".formatted(chosen.size(), address,
							chosen.stream()
								.map((entry) -> "%s, inode %d".formatted(entry.text(), entry.inode()))
								.collect(Collectors.joining("; "))),
					null);
		}
		return chosen.get(0);
	}

	private static List<Entry> suitable(List<Entry> entries, SocketAddress address) {
		return entries.stream().filter((entry) -> AddressMatch.suits(entry.address(), address)).toList();
	}

	private static AcquisitionException missing(long pid, SocketAddress address, List<Entry> held, List<Entry> others) {
		String has = held.isEmpty() ? "it listens nowhere"
				: held.stream().map(Entry::text).collect(Collectors.joining(", ", "it listens at ", ""));
		if (others.isEmpty()) {
			return new AcquisitionException(Reason.NO_SUCH_LISTENER, pid,
					"it does not listen at %s; %s".formatted(address, has), null);
		}
		Set<Long> inodes = others.stream().map(Entry::inode).collect(Collectors.toSet());
		String holders = SocketHolder.of(inodes)
			.stream()
			.map((holder) -> SocketHolder.describe(holder.pid()))
			.distinct()
			.collect(Collectors.joining(", "));
		return new AcquisitionException(Reason.OTHER_PROCESS, pid,
				"%s is a socket of %s; %s".formatted(address,
						holders.isEmpty() ? "a process that this one may not look into" : "process " + holders, has),
				null);
	}

	/**
	 * The descriptor's number may have got another meaning since it was looked up.
	 */
	private static void verify(long pid, Entry entry, GatedSocket socket) {
		if (socket.facts().inode() != entry.inode() || !AddressMatch.suits(socket.address(), entry.address())) {
			socket.close();
			throw new AcquisitionException(Reason.FAILED, pid, "it was expected to have %s, inode %d, and has %s"
				.formatted(entry.text(), entry.inode(), socket.facts()), null);
		}
	}

	@Override
	public boolean relieve() {
		PidFd incumbent = this.process;
		if (incumbent == null) {
			return false;
		}
		Signal signal = this.acquisition.signal();
		String name = SocketHolder.describe(incumbent.pid());
		try {
			if (this.acquired.isEmpty()) {
				logger.warn("No listener of process {} was asked for, it is left alone", name);
				return false;
			}
			if (signal == Signal.NONE) {
				logger.info("Serving instead of process {}, which somebody else has to end", name);
				return false;
			}
			warnOfOthers(incumbent.pid(), name);
			if (incumbent.signal(signal.number())) {
				logger.info("Serving instead of process {}: asked it to finish by SIG{}", name, signal);
			}
			else {
				logger.info("Serving instead of process {}, which has ended", name);
			}
			// Processes that it has started may share the sockets.
			this.holders = SocketHolder.of(this.acquired.keySet());
			return true;
		}
		catch (SystemCallException ex) {
			logger.warn("Process {} cannot be asked to finish, both processes accept", name, ex);
		}
		finally {
			close();
		}
		return false;
	}

	// Its clients will be refused.
	private void warnOfOthers(long pid, String name) {
		try {
			String others = SocketHolder.listeners(proc(pid))
				.stream()
				.filter((entry) -> !this.acquired.containsKey(entry.inode()))
				.map(Entry::text)
				.collect(Collectors.joining(", "));
			if (!others.isEmpty()) {
				logger.warn("Process {} also listens at {}, for which nobody has asked: it ends with it", name, others);
			}
		}
		catch (IOException ex) {
			logger.debug("It is not known where else process {} listens", name, ex);
		}
	}

	@Override
	public boolean isHolding(boolean last) {
		List<SocketHolder> accepting = this.holders.stream()
			.filter((holder) -> holder.isHolding() && !holder.isStopped())
			.toList();
		if (last && !accepting.isEmpty()) {
			logger.warn("Still held by process {}: both accept",
					accepting.stream()
						.map((holder) -> SocketHolder.describe(holder.pid()))
						.distinct()
						.collect(Collectors.joining(", ")));
		}
		if (last || accepting.isEmpty()) {
			checkPaths();
		}
		return !accepting.isEmpty();
	}

	// Many servers remove the file of a unix-domain socket when they end.
	private void checkPaths() {
		for (SocketAddress address : this.acquired.values()) {
			if (address instanceof UnixDomainSocketAddress unix && !Files.exists(unix.getPath())) {
				logger.error("The file of the acquired listener {} was removed: no client can connect any more", unix);
			}
		}
	}

	@Override
	public void close() {
		if (this.process != null) {
			this.process.close();
			this.process = null;
		}
	}

	private static Path proc(long pid) {
		return Path.of("/proc", Long.toString(pid));
	}

}
