package dev.handoff;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.holdings.Incumbent;
import dev.handoff.internal.operator.LaunchMark;
import dev.handoff.internal.operator.StatusSocket;
import dev.handoff.internal.pidfd.IncumbentProcess;
import dev.handoff.internal.program.ProgramWatch;
import dev.handoff.internal.session.Session;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.Platform;
import dev.handoff.internal.socket.SocketHolder;
import dev.handoff.internal.socket.StandardInput;
import dev.handoff.internal.unix.NotifySocket;
import dev.handoff.internal.unix.UnixTransport;
import org.jspecify.annotations.Nullable;

/**
 * This process's part in handoffs: it receives listeners from a predecessor, if there is
 * one, and gives them to a successor when one asks. One per process. Safe for use by
 * several threads.
 */
public final class Handoff implements AutoCloseable {

	private static final AtomicReference<Handoff> open = new AtomicReference<>();

	// The variables stay in the environment when the descriptors are somebody else's.
	private static final AtomicBoolean activation = new AtomicBoolean();

	// 0 if there was none.
	private static volatile long predecessorPid;

	private final Session session;

	private final ProgramWatch program = new ProgramWatch(TimeSource.system());

	private volatile @Nullable StatusSocket statusSocket;

	private Handoff(Session session) {
		this.session = session;
	}

	/**
	 * Loads in the background what {@link #start} needs, such as native libraries, so
	 * that it takes less time. Nothing depends on it, and what goes wrong is left to
	 * {@code start}.
	 */
	public static void preload() {
		Thread thread = new Thread(Handoff::load, "handoff-preload");
		thread.setDaemon(true);
		thread.start();
	}

	private static void load() {
		try {
			Platform.preload();
			UnixTransport.verifyNativeLibrary();
		}
		catch (IOException | RuntimeException | Error ex) {
			// Where it is needed it fails again, and there it is told.
		}
	}

	/**
	 * Takes part in handoffs from now on. If a predecessor serves on the control socket,
	 * waits for its offer; otherwise this process becomes the first generation, with the
	 * sockets that a service manager passed (LISTEN_FDS, or a listening socket as
	 * standard input, which is empty then), if there are any: the first call of a process
	 * takes those. Others are acquired if the options say so. A service manager that is
	 * named by NOTIFY_SOCKET is told of readiness, of handoffs and of the main process.
	 * @param options how to take part
	 * @return the process's handoff, to be closed by the caller
	 * @throws HandoffException if the control socket cannot be used or the predecessor
	 * does not hand over; nothing is left behind and the predecessor serves on
	 * @throws IllegalStateException if this process has an open handoff already
	 */
	public static Handoff start(HandoffOptions options) {
		Platform.verify();
		Handoff handoff = open(options);
		try {
			handoff.session.start();
			HandoffStatus.Predecessor predecessor = handoff.session.predecessor();
			predecessorPid = (predecessor != null) ? predecessor.pid() : 0;
			return handoff;
		}
		catch (RuntimeException ex) {
			open.set(null);
			handoff.closeStatusSocket();
			throw ex;
		}
	}

	/**
	 * Tells whether the predecessor listens at a port, for the explanation of a bind that
	 * has failed, also after this process has left the handoff.
	 * @param port a TCP port
	 * @return the predecessor's process id; empty if it does not listen there, if there
	 * was none, or if nobody tells
	 */
	public static OptionalLong predecessorAt(int port) {
		long pid = predecessorPid;
		return (pid != 0 && SocketHolder.isListener(pid, port)) ? OptionalLong.of(pid) : OptionalLong.empty();
	}

	private static synchronized Handoff open(HandoffOptions options) {
		if (open.get() != null) {
			throw new IllegalStateException(
					"This process takes part in handoffs already; there is one Handoff per process");
		}
		UnixTransport transport = openTransport();
		List<ActivatedSocket> activated = takeActivated();
		try {
			Session session = new Session(options, transport, TimeSource.system(), NotifySocket.of(System.getenv()),
					options.acquisition()
						.<Incumbent>map((acquisition) -> new IncumbentProcess(acquisition, options.allowedPeerUids()))
						.orElseGet(Incumbent::none));
			Handoff handoff = new Handoff(session);
			Optional<Path> statusSocket = options.statusSocket();
			if (statusSocket.isPresent()) {
				handoff.statusSocket = openStatusSocket(statusSocket.get(), options, session);
			}
			session.holdings().activate(activated);
			open.set(handoff);
			return handoff;
		}
		catch (RuntimeException ex) {
			activated.forEach((socket) -> socket.descriptor().close());
			closeAfterFailure(transport, ex);
			throw ex;
		}
	}

	private static void closeAfterFailure(UnixTransport transport, RuntimeException failure) {
		try {
			transport.close();
		}
		catch (IOException ex) {
			failure.addSuppressed(ex);
		}
	}

	private static StatusSocket openStatusSocket(Path path, HandoffOptions options, Session session) {
		try {
			return StatusSocket.open(path, options, openTransport(), TimeSource.system(), session::status);
		}
		catch (IOException ex) {
			throw new ControlSocketException(path, String.valueOf(ex.getMessage()), "choose another path", ex);
		}
	}

	private void closeStatusSocket() {
		StatusSocket socket = this.statusSocket;
		if (socket != null) {
			socket.close();
		}
	}

	private static List<ActivatedSocket> takeActivated() {
		if (!activation.compareAndSet(false, true)) {
			return List.of();
		}
		List<ActivatedSocket> sockets = new ArrayList<>(
				ActivatedSocket.passed(System.getenv(), ProcessHandle.current().pid()));
		if (!System.getenv().containsKey(ControlTransport.CHANNEL_VARIABLE)) {
			StandardInput.take().ifPresent(sockets::add);
		}
		return sockets;
	}

	private static UnixTransport openTransport() {
		try {
			return UnixTransport.open();
		}
		catch (IOException ex) {
			throw new UncheckedIOException("Control sockets cannot be made", ex);
		}
	}

	/**
	 * Returns the open handoff of this process.
	 * @return the handoff, empty if none was started or it has been closed
	 */
	public static Optional<Handoff> current() {
		return Optional.ofNullable(open.get());
	}

	/**
	 * Returns the listener of that name: the inherited one if its address is the one
	 * asked for (or port 0 was asked for), else one that the service manager passed under
	 * that name or with that address, else one that is acquired ({@link Acquisition}),
	 * else a newly bound one. An inherited one of that name with another address is
	 * closed. The gate opens when this process serves.
	 * @param name the name under which a successor asks for it; unique in a process
	 * @param address an {@link InetSocketAddress}, port 0 for any, or a
	 * {@link java.net.UnixDomainSocketAddress}, whose file gets the permissions of the
	 * process's umask and stays behind when the last process has ended: it is replaced at
	 * the next bind if nobody listens there
	 * @param backlog the length of the accept queue (listen(2)), used for new and for
	 * inherited listeners, when this process begins to accept
	 * @return the listener
	 * @throws ListenerBindException if it had to be bound and could not
	 * @throws AcquisitionException if it had to be acquired and could not
	 * @throws HandoffAbortedException if the predecessor has ended the handoff
	 * @throws IllegalStateException if this process has an open listener of that name, or
	 * takes part in no handoff any more
	 */
	public Listener listener(String name, SocketAddress address, int backlog) {
		return this.session.holdings().claim(name, address, backlog);
	}

	/**
	 * Returns the listener of that name, with a backlog of 4096.
	 * @param name the name
	 * @param address the address
	 * @return the listener
	 * @see #listener(String, SocketAddress, int)
	 */
	public Listener listener(String name, SocketAddress address) {
		return listener(name, address, 4096);
	}

	/**
	 * Returns the UDP socket of that name: the inherited one if its address is the one
	 * asked for (or port 0 was asked for), else one that was passed or is acquired, as a
	 * {@link #listener} is, else a newly bound one. The gate opens when this process
	 * serves. Names are shared with {@link #listener}.
	 * @param name the name under which a successor asks for it; unique in a process
	 * @param address the address, port 0 for any
	 * @return the UDP socket
	 * @throws ListenerBindException if it had to be bound and could not
	 * @throws AcquisitionException if it had to be acquired and could not
	 * @throws HandoffAbortedException if the predecessor has ended the handoff
	 * @throws IllegalStateException if this process has an open listener of that name, or
	 * takes part in no handoff any more
	 */
	public DatagramListener datagramListener(String name, InetSocketAddress address) {
		return this.session.holdings().claimDatagrams(name, address);
	}

	/**
	 * Returns the append-only file of that name: the inherited one if its path is the one
	 * asked for, wherever that file is by now, else the file at the path, which is
	 * created if it does not exist. An inherited one of that name with another path is
	 * closed. Linux only.
	 * @param name the name under which a successor asks for it; unique among the files
	 * and pipes of a process
	 * @param path the path, at most 512 characters long when it is absolute
	 * @return the file
	 * @throws FileOpenException if it had to be opened and could not
	 * @throws IllegalStateException if this process has an open file of that name, or the
	 * handoff was closed
	 */
	public AppendFile appendFile(String name, Path path) {
		return this.session.holdings().claimFile(name, path, null);
	}

	/**
	 * Returns the append-only file of that name: the inherited one as with
	 * {@link #appendFile(String, Path)}, else the one that another process has open for
	 * appending, opened once more.
	 * @param name the name
	 * @param path the path
	 * @param source the other process; not looked at if the file is inherited
	 * @return the file
	 * @throws FileOpenException if it had to be opened and could not
	 * @throws IllegalStateException if this process has an open file of that name, or the
	 * handoff was closed
	 */
	public AppendFile appendFile(String name, Path path, ProcessFile source) {
		return this.session.holdings().claimFile(name, path, source);
	}

	/**
	 * Returns the pipe of that name: the inherited one if its path is the one asked for,
	 * else the one at the path, which must exist (mkfifo(1)) and which this process must
	 * be permitted to read and to write. An inherited one of that name with another path
	 * is closed. The gate opens when this process serves. Linux only.
	 * @param name the name under which a successor asks for it; unique among the files
	 * and pipes of a process
	 * @param path the path, at most 512 characters long when it is absolute
	 * @return the pipe
	 * @throws FileOpenException if it had to be opened and could not
	 * @throws IllegalStateException if this process has an open pipe of that name, or
	 * takes part in no handoff any more
	 */
	public NamedPipe namedPipe(String name, Path path) {
		return this.session.holdings().claimPipe(name, path, null);
	}

	/**
	 * Returns the pipe of that name: the inherited one as with
	 * {@link #namedPipe(String, Path)}, else the one that another process has open,
	 * opened once more. Until that process has ended, both read from it.
	 * @param name the name
	 * @param path the path
	 * @param source the other process; not looked at if the pipe is inherited
	 * @return the pipe
	 * @throws FileOpenException if it had to be opened and could not
	 * @throws IllegalStateException if this process has an open pipe of that name, or
	 * takes part in no handoff any more
	 */
	public NamedPipe namedPipe(String name, Path path, ProcessFile source) {
		return this.session.holdings().claimPipe(name, path, source);
	}

	/**
	 * {@return the listeners that this process has, an immutable snapshot}
	 */
	public List<Listener> listeners() {
		return this.session.holdings().snapshot();
	}

	/**
	 * Says that this process is able to serve. Inherited files that nobody asked for are
	 * closed, and so are listeners if that is
	 * {@link HandoffOptions.Builder#allowDroppedListeners allowed}; the predecessor is
	 * asked to release, and then the gates open. Returns at once. A second call has no
	 * effect.
	 * <p>
	 * From now on the classes that a handoff and the exit need are loaded in the
	 * background, and it is noticed when a jar of the class path is overwritten.
	 * @throws ListenersDroppedException if this process has not asked for each listener
	 * of the predecessor; the predecessor serves on, and this process can ask for the
	 * rest or {@link #close()}
	 */
	public void ready() {
		this.session.ready();
		this.program.start();
	}

	/**
	 * Gives a command about the handoff that is under way, on either side, and tells
	 * whether it was carried out, and why not. A reclaim that is asked of the successor
	 * is answered when the predecessor has decided.
	 * @param command the command
	 * @return the result; completed on the thread of the observers
	 */
	public CompletableFuture<CommandResult> request(HandoffCommand command) {
		return this.session.request(command);
	}

	/**
	 * Starts a successor with what was registered by {@link #onTrigger}, and does not
	 * wait for what becomes of it.
	 * @return whether one was started; completed on the thread of the observers
	 */
	public CompletableFuture<CommandResult> trigger() {
		return this.session.trigger();
	}

	/**
	 * Starts a process as this one's successor, which runs the same application. Its
	 * standard input becomes the control channel to this process, so it needs no path and
	 * nobody else can be at the other end; for the application it is empty. Whether it is
	 * offered the listeners is decided when it asks, as for any other.
	 * @param builder the process; its input is replaced and the environment variables
	 * {@code HANDOFF_CHANNEL} and {@code HANDOFF_LAUNCH} are set
	 * @return the process and what becomes of it
	 * @throws IOException if it could not be started
	 */
	public LaunchedSuccessor launch(ProcessBuilder builder) throws IOException {
		return this.session.launches().launch(builder);
	}

	/**
	 * Returns whether this process was started as a successor by its predecessor, or by a
	 * script that its predecessor has started, and not by a supervisor.
	 * @return whether {@link #launch} has started it
	 */
	public static boolean isLaunched() {
		return LaunchMark.isOn(System.getenv());
	}

	/**
	 * Tells the processes to terminate (SIGTERM) that this process has started as its
	 * successors, and those that they have started, and waits until they have ended. For
	 * a process that stays because a supervisor watches it, and nobody watches the ones
	 * that came after it.
	 * @param patience how long to wait
	 * @return the ids of those that live
	 */
	public List<Long> terminateLaunched(Duration patience) {
		return this.session.launches().terminate(patience);
	}

	/**
	 * Says how a successor is started when an operator asks for a handoff. The last one
	 * counts.
	 * @param trigger the trigger
	 */
	public void onTrigger(SuccessorTrigger trigger) {
		this.session.launches().onTrigger(trigger);
	}

	/**
	 * Adds a server whose connections have to be finished before this process exits.
	 * @param drain the server's drain
	 */
	public void register(Drain drain) {
		this.session.drains().register(drain);
	}

	/**
	 * Lets the listener of that name accept until this process has finished everything
	 * else, when it leaves without a successor: so that health checks and the like are
	 * answered meanwhile. Its own connections are not waited for then.
	 * @param listener the listener's name
	 * @param drain finishes its connections at a handoff
	 */
	public void closeLast(String listener, Drain drain) {
		this.session.holdings().keepWhileLeaving(listener);
		this.session.drains().registerLast(drain);
	}

	/**
	 * Adds work that runs while this process serves and no other process's does.
	 * @param work the work
	 */
	public void register(BackgroundWork work) {
		this.session.background().register(work);
	}

	/**
	 * Adds an observer of state changes.
	 * @param observer the observer
	 */
	public void addObserver(HandoffObserver observer) {
		this.session.observers().add(observer);
	}

	/**
	 * {@return the state of this process}
	 */
	public HandoffState state() {
		return this.session.state();
	}

	/**
	 * Tells whether another process serves in place of this one, as far as this one
	 * knows: the successor that took over, or the predecessor, which serves until this
	 * process does and after a reclaim. What belongs to whoever serves, such as an entry
	 * in a registry under an id that both processes have, is not this process's to remove
	 * then. Stays answered after {@link #close()}.
	 * @return {@code false} if this process serves, or leaves and nobody takes its place
	 */
	public boolean isServedByAnother() {
		return this.session.isServedByAnother();
	}

	/**
	 * {@return what an operator wants to know about this process, an immutable snapshot}
	 */
	public HandoffStatus status() {
		return this.session.status();
	}

	/**
	 * Returns the report of a handoff, as soon as its outcome is decided: a drain may
	 * still run then, and neither its duration nor what was closed by force is known.
	 * @param id the id, as in {@link HandoffStatus#currentHandoff()}
	 * @return the report; completed on the thread of the observers; fails with an
	 * {@link IllegalArgumentException} if no such handoff is under way or remembered
	 */
	public CompletableFuture<HandoffReport> report(String id) {
		return this.session.report(id);
	}

	/**
	 * Returns how many handoffs lie between the first bind and this process.
	 * @return the generation, 0 for the first
	 */
	public int generation() {
		return this.session.generation();
	}

	/**
	 * {@return the random id of this process's part in handoffs}
	 */
	public String instanceId() {
		return this.session.instanceId();
	}

	/**
	 * Returns why this process takes part in no handoff any more although it serves: what
	 * went wrong in this library. The server is not affected; to replace the process, it
	 * has to be stopped before the new one is started.
	 * @return the failure, empty if there was none
	 */
	public Optional<String> failure() {
		return this.session.outage();
	}

	/**
	 * Returns the exit code that tells a supervisor how this process ended: 0 after a
	 * completed handoff or an ordinary close, 1 if it was expelled by its predecessor.
	 * @return the exit code, meaningful once the state is {@link HandoffState#TERMINATED}
	 */
	public int exitCode() {
		return this.session.exitCode();
	}

	/**
	 * Ends this process's part in an orderly way, as on SIGTERM: gives the listeners up
	 * (to a successor, or back to the predecessor, if there is one), drains, and returns
	 * when that is done or the deadlines have passed. The state is then
	 * {@link HandoffState#TERMINATED}, and append-only files are closed. Closing twice
	 * has no effect.
	 */
	@Override
	public void close() {
		this.session.close();
		this.program.close();
		closeStatusSocket();
		open.compareAndSet(this, null);
	}

}
