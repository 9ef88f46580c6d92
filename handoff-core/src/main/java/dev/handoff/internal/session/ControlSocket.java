package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

import dev.handoff.HandoffOptions;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.operator.Operators;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process's copy of the control listener, its gate, and those who dialled it and
 * have not said yet what they want. Used by the session's thread.
 */
final class ControlSocket {

	private static final Logger logger = LoggerFactory.getLogger(ControlSocket.class);

	// Beyond that the one that has been silent for the longest has to go.
	private static final int MAX_DIALLERS = 16;

	private static final Duration ACCEPT_PAUSE = Duration.ofSeconds(1);

	private static final Duration FILE_CHECK_INTERVAL = Duration.ofSeconds(10);

	private final HandoffOptions options;

	private final ControlTransport transport;

	private final TimeSource time;

	private final Operators operators;

	private final List<Dialler> diallers = new ArrayList<>();

	private @Nullable ControlListener listener;

	private boolean gateOpen;

	private @Nullable Long acceptAt;

	private @Nullable Long checkAt;

	// By which this process is dialled, as far as it could be looked at.
	private Optional<Object> file = Optional.empty();

	private boolean fileWarned;

	private @Nullable Connection greeted;

	ControlSocket(HandoffOptions options, ControlTransport transport, TimeSource time, Operators operators) {
		this.options = options;
		this.transport = transport;
		this.time = time;
		this.operators = operators;
	}

	/**
	 * Takes the listener, claimed or received; owns it from now on.
	 */
	void take(ControlListener taken) {
		this.listener = taken;
		try {
			// Not later: a process that finds no file makes one, and may leave it behind.
			this.file = this.transport.fileOf(this.options.controlSocket());
		}
		catch (IOException | RuntimeException ex) {
			logger.debug("The file of control socket '{}' cannot be looked at", this.options.controlSocket(), ex);
		}
	}

	/**
	 * Returns the listener, to be offered to a successor.
	 */
	ControlListener listener() throws IOException {
		if (this.listener == null) {
			throw new IOException("the control listener is closed");
		}
		return this.listener;
	}

	void openGate() {
		this.gateOpen = true;
		if (this.listener != null) {
			this.listener.setAccepting(true);
		}
		if (this.checkAt == null) {
			this.checkAt = this.time.nanoTime();
		}
	}

	/**
	 * Closes the gate and hangs up on those who have not said what they want: they dial
	 * again and reach who serves.
	 */
	void closeGate() {
		this.gateOpen = false;
		this.checkAt = null;
		if (this.listener != null) {
			this.listener.setAccepting(false);
		}
		this.diallers.forEach((dialler) -> dialler.connection().close());
		this.diallers.clear();
	}

	/**
	 * Looks from time to time whether the socket still has its file, and makes it again
	 * unless somebody else listens there: without it no successor and no operator finds
	 * this process.
	 * @param atRest whether no handoff is under way, in which the listener is shared
	 */
	void checkFileIfDue(boolean atRest) {
		if (!this.gateOpen || this.checkAt == null || this.checkAt - this.time.nanoTime() > 0) {
			return;
		}
		this.checkAt = this.time.nanoTime() + FILE_CHECK_INTERVAL.toNanos();
		if (!atRest) {
			return;
		}
		try {
			Optional<Object> now = this.transport.fileOf(this.options.controlSocket());
			if (this.file.isEmpty()) {
				this.file = now;
			}
			if (now.isEmpty() || !now.equals(this.file)) {
				makeFileAgain();
			}
		}
		catch (IOException | RuntimeException ex) {
			warnOnce("Control socket '{}' has lost its file, so nobody finds this process, and cannot be made again",
					ex);
		}
	}

	private void makeFileAgain() throws IOException {
		Optional<ControlListener> claimed = this.transport.claim(this.options.controlSocket());
		if (claimed.isEmpty()) {
			warnOnce("Control socket '{}' is another process's now, so this one cannot be replaced any more. "
					+ "To replace it, stop it and start the new one", null);
			return;
		}
		if (this.listener != null) {
			this.listener.close();
		}
		this.listener = claimed.get();
		this.listener.setAccepting(true);
		this.file = this.transport.fileOf(this.options.controlSocket());
		this.fileWarned = false;
		logger.warn("The file of control socket '{}' was removed, perhaps by a program that cleans directories up. "
				+ "It was made again", this.options.controlSocket());
	}

	private void warnOnce(String message, @Nullable Exception cause) {
		if (!this.fileWarned) {
			this.fileWarned = true;
			logger.warn(message, this.options.controlSocket(), cause);
		}
	}

	/**
	 * Closes this process's copy of the listener only.
	 */
	void close() {
		this.gateOpen = false;
		this.checkAt = null;
		if (this.listener != null) {
			this.listener.close();
			this.listener = null;
		}
	}

	/**
	 * Waits for the HELLO of a process that this one starts, which has as long as a
	 * successor has to become ready.
	 */
	void expect(ControlChannel channel) throws IOException {
		expect(new Connection(channel), this.options.readyTimeout(), true);
	}

	private void expect(Connection dialler, Duration patience, boolean launched) {
		dialler.awaitFirstFrame();
		this.diallers.add(new Dialler(dialler, patience, this.time.nanoTime() + patience.toNanos(), launched));
	}

	/**
	 * Returns a HELLO that has arrived, {@code null} if none has. Who said it is
	 * {@link #greeted()} from now on.
	 */
	@Nullable Occurrence nextHello() throws IOException {
		this.operators.attend();
		Occurrence hello = greetAll();
		if (hello == null && acceptDiallers()) {
			hello = greetAll();
		}
		return hello;
	}

	private @Nullable Occurrence greetAll() throws IOException {
		for (Iterator<Dialler> iterator = this.diallers.iterator(); iterator.hasNext();) {
			Dialler dialler = iterator.next();
			Greeting greeting = greet(dialler);
			if (greeting != Greeting.PENDING) {
				iterator.remove();
			}
			if (greeting == Greeting.WELCOME) {
				this.greeted = dialler.connection();
				return new Occurrence(Event.HELLO, "a successor asked for the listeners");
			}
		}
		return null;
	}

	/**
	 * Accepts some of those in the queue and returns whether there were any. All that
	 * were accepted before have been read, and said nothing.
	 */
	private boolean acceptDiallers() throws IOException {
		int accepted = 0;
		while (this.gateOpen && accepted < MAX_DIALLERS) {
			Optional<Connection> dialler = accept();
			if (dialler.isEmpty()) {
				break;
			}
			accepted++;
			if (isAllowed(dialler.get())) {
				makeRoom();
				expect(dialler.get(), this.options.stepTimeout(), false);
			}
		}
		return accepted > 0;
	}

	// Who is honest says what it wants at once. In a flood even that may be too late: it
	// is not refused, and dials again.
	private void makeRoom() {
		List<Dialler> strangers = this.diallers.stream().filter((dialler) -> !dialler.launched()).toList();
		if (strangers.size() >= MAX_DIALLERS) {
			Dialler oldest = strangers.get(0);
			this.diallers.remove(oldest);
			oldest.connection().close();
		}
	}

	private Optional<Connection> accept() {
		if (this.acceptAt != null && this.acceptAt - this.time.nanoTime() <= 0) {
			this.acceptAt = null;
			openGate();
		}
		if (this.listener == null || this.acceptAt != null) {
			return Optional.empty();
		}
		try {
			Optional<ControlChannel> channel = this.listener.accept();
			return channel.isPresent() ? Optional.of(new Connection(channel.get())) : Optional.empty();
		}
		catch (IOException ex) {
			// As with EMFILE: the dialler waits in the queue, a handoff under way goes
			// on.
			logger.warn("Cannot accept on the control socket, trying again in {}", DurationText.of(ACCEPT_PAUSE), ex);
			this.listener.setAccepting(false);
			this.acceptAt = this.time.nanoTime() + ACCEPT_PAUSE.toNanos();
			return Optional.empty();
		}
	}

	private boolean isAllowed(Connection dialler) throws IOException {
		if (this.transport.isTrusted(dialler.peerUid(), this.options.allowedPeerUids())) {
			return true;
		}
		logger.warn("Refused {}: allowed are uid {} and {}", dialler.peer(), this.transport.ownUid(),
				this.options.allowedPeerUids());
		refuse(dialler, Refused.Reason.FORBIDDEN, "uid %d may not take the listeners".formatted(dialler.peerUid()),
				null);
		return false;
	}

	private Greeting greet(Dialler dialler) throws IOException {
		Connection connection = dialler.connection();
		try {
			Message message = connection.next();
			if (message instanceof Message.Hello hello) {
				return admit(dialler, hello);
			}
			if (message instanceof Message.Request request) {
				this.operators.take(connection, request);
				return Greeting.OPERATOR;
			}
			if (message instanceof Message.Unknown unknown) {
				connection.send(new Message.Unrecognized(unknown.type()));
				connection.close();
				return Greeting.REFUSED;
			}
			if (message != null) {
				return refuse(connection, Refused.Reason.VERSION, "HELLO expected, not " + message, null);
			}
		}
		catch (MalformedFrameException | IOException ex) {
			return refuse(connection, Refused.Reason.VERSION, "HELLO expected: " + ex.getMessage(), null);
		}
		if (connection.isEnded()) {
			connection.close();
			return Greeting.REFUSED;
		}
		if (dialler.deadline() - this.time.nanoTime() <= 0) {
			return refuse(connection, Refused.Reason.BUSY, "no HELLO within " + DurationText.of(dialler.patience()),
					null);
		}
		return Greeting.PENDING;
	}

	private Greeting admit(Dialler dialler, Message.Hello hello) {
		Connection connection = dialler.connection();
		OptionalInt version = Versions.negotiate(hello.lowestVersion(), hello.highestVersion());
		if (version.isEmpty()) {
			return refuse(connection, Refused.Reason.VERSION,
					"this process speaks protocol versions %d to %d, the successor %d to %d".formatted(Versions.LOWEST,
							Versions.HIGHEST, hello.lowestVersion(), hello.highestVersion()),
					null);
		}
		if (!hello.application().equals(this.options.application())) {
			return refuse(connection, Refused.Reason.OTHER_APPLICATION, "it belongs to application '%s', not to '%s'"
				.formatted(this.options.application(), hello.application()), null);
		}
		if (!hello.networkNamespace().equals(NetworkNamespace.current())) {
			return refuse(connection, Refused.Reason.OTHER_NETWORK,
					"its sockets are of network namespace %s and the successor runs in %s: nobody would reach them once the predecessor has exited; run both in one network namespace"
						.formatted(NetworkNamespace.current(), hello.networkNamespace()),
					null);
		}
		// A service manager is told this number. What the peer says is that of its own
		// pid
		// namespace at best; the channel of a launched successor is this process's.
		long pid = (dialler.launched() || connection.peerPid() == 0) ? hello.pid() : connection.peerPid();
		connection.identify(pid, hello.instanceId(), hello.applicationVersion());
		connection.agree(hello.capabilities() & Capabilities.OWN);
		return Greeting.WELCOME;
	}

	/**
	 * Returns who said HELLO and was not answered, {@code null} if nobody did.
	 */
	@Nullable Connection greeted() {
		return this.greeted;
	}

	/**
	 * Returns who said HELLO; who takes it has to answer it.
	 */
	Connection takeGreeted() throws IOException {
		Connection taken = this.greeted;
		this.greeted = null;
		if (taken == null) {
			throw new IOException("no dialler");
		}
		return taken;
	}

	/**
	 * Answers who said HELLO and was taken by nobody.
	 */
	void dismissGreeted() {
		if (this.greeted != null) {
			refuse(this.greeted, Refused.Reason.BUSY, "it is leaving");
			this.greeted = null;
		}
	}

	/**
	 * Refuses a dialler for now.
	 */
	void refuse(Connection dialler, Refused.Reason reason, String detail) {
		logger.info("Refused {}: {}", dialler.peer(), detail);
		refuse(dialler, reason, detail, this.options.stepTimeout());
	}

	private static Greeting refuse(Connection connection, Refused.Reason reason, String detail,
			@Nullable Duration retryAfter) {
		try {
			connection.send(new Refused(reason, detail, retryAfter));
		}
		catch (IOException ex) {
			logger.debug("Cannot refuse {}", connection.peer(), ex);
		}
		connection.close();
		return Greeting.REFUSED;
	}

	/**
	 * Returns when somebody has to be hung up on or accepting is to be tried again,
	 * {@code null} if neither is to come.
	 */
	@Nullable Long dueAt() {
		Long due = this.acceptAt;
		if (this.checkAt != null && (due == null || this.checkAt - due < 0)) {
			due = this.checkAt;
		}
		for (Dialler dialler : this.diallers) {
			due = (due == null || dialler.deadline() - due < 0) ? Long.valueOf(dialler.deadline()) : due;
		}
		return due;
	}

	private enum Greeting {

		PENDING, WELCOME, OPERATOR, REFUSED

	}

	/**
	 * A dialler that has to say what it wants in time.
	 *
	 * @param connection its connection
	 * @param patience how long it has
	 * @param deadline the {@link TimeSource time} when it is refused
	 * @param launched whether this process has started it
	 */
	private record Dialler(Connection connection, Duration patience, long deadline, boolean launched) {
	}

}
