package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import dev.handoff.ControlSocketException;
import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffTimeoutException;
import dev.handoff.PeerNotAllowedException;
import dev.handoff.TransferException;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.report.Recorder;
import dev.handoff.internal.report.Transition;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Timer;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.internal.socket.SocketFacts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what the rules say: dials, gates, descriptors, messages, drains. Used by the
 * session's thread, but for {@link #generation()}.
 */
final class Performer {

	private static final Logger logger = LoggerFactory.getLogger(Performer.class);

	// So that a peer that closes at once, or a full accept queue, makes no busy loop.
	private static final Duration REDIAL_PAUSE = Duration.ofMillis(20);

	private static final Duration LOOK_PAUSE = Duration.ofMillis(20);

	private static final Duration ACCEPT_PAUSE = Duration.ofSeconds(1);

	private static final Duration PROGRESS_INTERVAL = Duration.ofMillis(500);

	private final HandoffOptions options;

	private final String instanceId;

	private final ControlTransport transport;

	private final TimeSource time;

	private final Peers peers;

	private final Holdings listeners;

	private final Drains drains;

	private final Recorder recorder;

	private final List<DescriptorLease> leases = new ArrayList<>();

	private Dial dial = new Dial();

	private @Nullable ControlListener control;

	private boolean controlGateOpen;

	private @Nullable Connection greeted;

	private @Nullable Occurrence outcome;

	private int descriptorsMoved;

	private @Nullable Integer waiting;

	private Map<String, Integer> forceClosed = Map.of();

	private @Nullable Long redialAt;

	private @Nullable Long acceptAt;

	private @Nullable Long lookAt;

	private @Nullable Long lookUntil;

	private @Nullable IOException dialProblem;

	private @Nullable HandoffException failure;

	private String reason = "";

	private long lastProgress;

	private int lastRemaining = -1;

	private volatile int generation;

	Performer(HandoffOptions options, String instanceId, ControlTransport transport, TimeSource time, Peers peers,
			Holdings listeners, Drains drains, Recorder recorder) {
		this.options = options;
		this.instanceId = instanceId;
		this.transport = transport;
		this.time = time;
		this.peers = peers;
		this.listeners = listeners;
		this.drains = drains;
		this.recorder = recorder;
	}

	void perform(Action action) {
		try {
			switch (action) {
				case DIAL -> redial();
				case OPEN_GATE -> openGate();
				case OPEN_CONTROL_GATE -> openControlGate();
				case CLOSE_GATE -> {
					closeGate();
					this.waiting = this.listeners.waiting();
				}
				case CLOSE_UNCLAIMED -> this.listeners.closeUnclaimed();
				case RELIEVE -> relieve();
				case CLOSE_DESCRIPTORS -> closeDescriptors();
				case OFFER -> offer(takeGreeted());
				case HOLD -> this.peers.held = takeGreeted();
				case REFUSE_BUSY -> refuse(takeGreeted(), Refused.Reason.BUSY, "another handoff is under way");
				case REFUSE_NOT_READY -> refuse(takeGreeted(), Refused.Reason.NOT_READY, "it is starting itself");
				case OFFER_HELD -> offer(takeHeld());
				case REFUSE_HELD -> refuse(takeHeld(), Refused.Reason.BUSY, "the previous handoff is not over");
				case SEND_ADOPTED -> send(this.peers.up, new Message.Adopted());
				case SEND_READY -> send(this.peers.up, new Message.Ready(false));
				case SEND_READY_HOLD -> send(this.peers.up, new Message.Ready(true));
				case SEND_SERVING -> send(this.peers.up, new Message.Serving());
				case SEND_CONFIRMED -> send(this.peers.up, new Message.Confirmed());
				case SEND_RECLAIM -> send(this.peers.up, new Message.Reclaim(this.reason));
				case SEND_ABORT_UP -> send(this.peers.up, new Message.Abort(this.reason));
				case SEND_RELEASED -> send(this.peers.down, new Message.Released(this.options.observationWindow()));
				case SEND_RECLAIMED -> send(this.peers.down, new Message.Reclaimed(this.reason));
				case SEND_CLOSED -> send(this.peers.down, new Message.Closed());
				case SEND_ABORT_DOWN -> send(this.peers.down, new Message.Abort(this.reason));
				case SEND_GONE -> send(this.peers.down, new Message.Gone());
				case SEND_GONE_OLD -> send(this.peers.old, new Message.Gone());
				case CLOSE_UP -> this.peers.up = close(this.peers.up);
				case CLOSE_DOWN -> this.peers.down = close(this.peers.down);
				case CLOSE_OLD -> this.peers.old = close(this.peers.old);
				case CLOSE_HELD -> this.peers.held = close(this.peers.held);
				case RETIRE_DOWN -> retireDown();
				case START_DRAIN -> this.drains.start();
				case CANCEL_DRAIN -> this.drains.cancel();
				case FORCE_DRAIN -> forceDrain();
			}
		}
		catch (IOException ex) {
			// The peer will judge by what it gets; this process by what it reads.
			logger.warn("{} failed", action, ex);
			if (action == Action.OFFER || action == Action.OFFER_HELD) {
				this.outcome = new Occurrence(Event.OPERATOR_ABORT, "the offer failed: " + ex.getMessage());
			}
		}
	}

	private void openGate() {
		this.listeners.openGates();
		openControlGate();
	}

	private void openControlGate() {
		this.controlGateOpen = true;
		if (this.control != null) {
			this.control.setAccepting(true);
		}
	}

	private void relieve() {
		if (this.listeners.relieveIncumbent()) {
			this.lookAt = this.time.nanoTime();
			this.lookUntil = this.lookAt + this.options.stepTimeout().toNanos();
		}
	}

	private void look() {
		boolean again = this.listeners.checkIncumbent(isDue(this.lookUntil));
		this.lookAt = again ? Long.valueOf(this.time.nanoTime() + LOOK_PAUSE.toNanos()) : null;
	}

	private void closeGate() {
		this.listeners.closeGates();
		this.controlGateOpen = false;
		if (this.control != null) {
			this.control.setAccepting(false);
		}
		this.peers.turnAway();
	}

	private void closeDescriptors() {
		this.listeners.close();
		this.dial.discard();
		closeControl();
	}

	/**
	 * Closes this process's copy of the control listener only.
	 */
	void closeControl() {
		this.controlGateOpen = false;
		if (this.control != null) {
			this.control.close();
			this.control = null;
		}
	}

	private void offer(Connection successor) throws IOException {
		this.peers.down = successor;
		ControlListener listener = this.control;
		if (listener == null) {
			throw new IOException("the control listener is closed");
		}
		List<Offer.Entry> manifest = new ArrayList<>();
		List<FileDescriptor> descriptors = new ArrayList<>();
		SocketFacts facts = SocketFacts.of(listener.descriptor());
		manifest.add(new Offer.Entry("", Offer.Kind.CONTROL, facts.address(), facts.inode()));
		descriptors.add(listener.descriptor());
		this.listeners.describe(manifest, descriptors, this.leases);
		if ((successor.capabilities() & Capabilities.FILES) != 0) {
			this.listeners.describeFiles(manifest, descriptors, this.leases);
		}
		this.descriptorsMoved = manifest.size();
		successor.send(new Offer(Versions.HIGHEST, successor.capabilities(), this.generation,
				ProcessHandle.current().pid(), this.instanceId, NetworkNamespace.current(), manifest));
		for (int from = 0; from < descriptors.size(); from += ControlChannel.MAX_DESCRIPTORS) {
			int to = Math.min(descriptors.size(), from + ControlChannel.MAX_DESCRIPTORS);
			successor.send(new Message.Descriptors(to - from), descriptors.subList(from, to));
		}
	}

	private Connection takeGreeted() throws IOException {
		Connection taken = this.greeted;
		this.greeted = null;
		if (taken == null) {
			throw new IOException("no dialler");
		}
		return taken;
	}

	private Connection takeHeld() throws IOException {
		Connection taken = this.peers.held;
		this.peers.held = null;
		if (taken == null) {
			throw new IOException("no held dialler");
		}
		return taken;
	}

	private void refuse(Connection dialler, Refused.Reason refusal, String detail) {
		logger.info("Refused {}: {}", dialler.peer(), detail);
		try {
			dialler.send(new Refused(refusal, detail, this.options.stepTimeout()));
		}
		catch (IOException ex) {
			logger.debug("Cannot refuse {}", dialler.peer(), ex);
		}
		dialler.close();
	}

	private static void send(@Nullable Connection peer, Message message) throws IOException {
		if (peer != null) {
			peer.send(message);
		}
	}

	private static @Nullable Connection close(@Nullable Connection peer) {
		if (peer != null) {
			peer.close();
		}
		return null;
	}

	private void retireDown() {
		this.peers.old = this.peers.down;
		this.peers.down = null;
	}

	private void forceDrain() {
		int remaining = this.drains.remaining();
		Map<String, Integer> closed = this.drains.force();
		this.forceClosed = closed;
		logger.warn("Drain ran out after {} with {} connections left, closed {}", this.options.drainTimeout(),
				remaining, closed);
	}

	private void redial() {
		this.listeners.reset();
		this.dial = new Dial();
		this.redialAt = this.time.nanoTime();
	}

	/**
	 * Does what had to be put off.
	 */
	void retryIfDue(SessionState state) {
		if (isDue(this.acceptAt)) {
			this.acceptAt = null;
			if (this.control != null) {
				this.control.setAccepting(this.controlGateOpen);
			}
		}
		if (isDue(this.lookAt)) {
			look();
		}
		if (state.phase() == Phase.DIALLING && isDue(this.redialAt)) {
			dialNow();
		}
	}

	private boolean isDue(@Nullable Long at) {
		return at != null && at - this.time.nanoTime() <= 0;
	}

	private void dialNow() {
		this.redialAt = this.time.nanoTime() + REDIAL_PAUSE.toNanos();
		try {
			tryDial();
		}
		catch (HandoffException ex) {
			this.failure = ex;
			this.redialAt = null;
			this.outcome = new Occurrence(Event.DIAL_FAILED, String.valueOf(ex.getMessage()));
		}
		catch (IOException ex) {
			logger.debug("Dialling failed, will be tried again", ex);
			this.dialProblem = ex;
		}
	}

	private void tryDial() throws IOException {
		// Made, and its classes loaded, before the predecessor begins to wait for it.
		ByteBuffer hello = FrameCodec.encode(new Message.Hello(Versions.LOWEST, Versions.HIGHEST, Capabilities.OWN,
				ProcessHandle.current().pid(), this.instanceId, this.options.application(), this.options.version(),
				NetworkNamespace.current()));
		Optional<ControlChannel> channel = this.transport.inherited();
		if (channel.isEmpty()) {
			channel = this.transport.dial(this.options.controlSocket());
		}
		if (channel.isPresent()) {
			Connection predecessor = new Connection(channel.get());
			this.peers.up = predecessor;
			this.redialAt = null;
			if (!isAllowed(predecessor.peerUid())) {
				this.failure = new PeerNotAllowedException(this.options.controlSocket(), predecessor.peerUid(),
						this.options.allowedPeerUids());
				this.outcome = new Occurrence(Event.PEER_NOT_ALLOWED, predecessor.peer());
				return;
			}
			predecessor.send(hello);
			return;
		}
		Optional<ControlListener> claimed = this.transport.claim(this.options.controlSocket());
		if (claimed.isPresent()) {
			this.control = claimed.get();
			this.redialAt = null;
			this.listeners.openIncumbent();
			this.outcome = new Occurrence(Event.CLAIMED, "no predecessor");
		}
	}

	boolean isAllowed(long uid) {
		return this.transport.isTrusted(uid, this.options.allowedPeerUids());
	}

	void adopted(ControlListener listener) {
		this.control = listener;
		this.generation = this.dial.generation();
		this.descriptorsMoved = this.dial.size();
	}

	Recorder recorder() {
		return this.recorder;
	}

	/**
	 * Returns who dialled and waits for this process's answer, {@code null} if nobody
	 * does.
	 */
	@Nullable PeerIdentity dialler() {
		return identity((this.greeted != null) ? this.greeted : this.peers.held);
	}

	Transition.Facts facts(@Nullable PeerIdentity dialler) {
		return new Transition.Facts(this.generation, identity(this.peers.up), identity(this.peers.down), dialler,
				this.descriptorsMoved, this.waiting, this.forceClosed);
	}

	private static @Nullable PeerIdentity identity(@Nullable Connection peer) {
		return (peer != null) ? peer.identity() : null;
	}

	Dial dial() {
		return this.dial;
	}

	int generation() {
		return this.generation;
	}

	boolean isControlGateOpen() {
		return this.controlGateOpen && this.control != null;
	}

	Optional<Connection> accept() {
		ControlListener listener = this.control;
		if (listener == null || this.acceptAt != null) {
			return Optional.empty();
		}
		try {
			Optional<ControlChannel> channel = listener.accept();
			return channel.isPresent() ? Optional.of(new Connection(channel.get())) : Optional.empty();
		}
		catch (IOException ex) {
			// As with EMFILE: the dialler waits in the queue, a handoff under way goes
			// on.
			logger.warn("Cannot accept on the control socket, trying again in {}", ACCEPT_PAUSE, ex);
			listener.setAccepting(false);
			this.acceptAt = this.time.nanoTime() + ACCEPT_PAUSE.toNanos();
			return Optional.empty();
		}
	}

	/**
	 * Sets whether diallers that wait in the queue end a wait: not where none is taken.
	 */
	void awaitDiallers(boolean room) {
		if (isControlGateOpen() && this.control != null && this.acceptAt == null) {
			this.control.setAccepting(room);
		}
	}

	void greeted(Connection dialler) {
		this.greeted = dialler;
	}

	/**
	 * Nobody took the dialler: it must not wait for an answer that does not come.
	 */
	void ignored(Event event) {
		if (event == Event.HELLO && this.greeted != null) {
			refuse(this.greeted, Refused.Reason.BUSY, "it is leaving");
			this.greeted = null;
		}
	}

	@Nullable Occurrence takeOutcome() {
		Occurrence taken = this.outcome;
		this.outcome = null;
		return taken;
	}

	/**
	 * Sets the words for messages that carry a reason.
	 */
	void reason(String words) {
		this.reason = words;
	}

	void failWith(HandoffException cause) {
		this.failure = cause;
	}

	/**
	 * Notes why a start may fail because of this event.
	 */
	void fail(Occurrence occurrence, Timers timers) {
		switch (occurrence.event()) {
			case CONNECT_DEADLINE -> this.failure = new HandoffTimeoutException(
					"offer on control socket '%s'".formatted(this.options.controlSocket()),
					timers.duration(Timer.CONNECT), "connect-timeout", this.dialProblem);
			case PREDECESSOR_GARBAGE -> this.failure = new TransferException(occurrence.detail(), null);
			case ABORT_FROM_PREDECESSOR, TERMINATE -> this.failure = new HandoffAbortedException(occurrence.detail());
			default -> {
			}
		}
	}

	HandoffException failure() {
		return (this.failure != null) ? this.failure : new HandoffAbortedException("the handoff's thread ended");
	}

	boolean hasUnsentDescriptors() {
		return this.peers.down != null && this.peers.down.hasUnsentDescriptors();
	}

	void flush() {
		this.peers.flush();
		endLeases();
	}

	private void endLeases() {
		if (!this.leases.isEmpty() && !hasUnsentDescriptors()) {
			this.leases.forEach(DescriptorLease::close);
			this.leases.clear();
		}
	}

	/**
	 * Tells the successor how the drain goes, unless that would have to wait.
	 */
	void reportProgress(SessionState state) {
		Connection successor = this.peers.down;
		if (state.phase() != Phase.DRAINING || successor == null || successor.hasUnsent()) {
			return;
		}
		int remaining = this.drains.remaining();
		long now = this.time.nanoTime();
		if (remaining == this.lastRemaining
				|| (this.lastRemaining >= 0 && now - this.lastProgress < PROGRESS_INTERVAL.toNanos())) {
			return;
		}
		this.lastRemaining = remaining;
		this.lastProgress = now;
		try {
			successor.send(new Message.Progress(remaining));
		}
		catch (IOException ex) {
			logger.debug("Cannot report progress", ex);
		}
	}

	/**
	 * Shortens a wait so that what was put off is not late.
	 */
	@Nullable Duration limit(@Nullable Duration timeout) {
		Duration limited = earlier(earlier(earlier(timeout, this.redialAt), this.acceptAt), this.lookAt);
		for (Peers.Dialler dialler : this.peers.diallers) {
			limited = earlier(limited, dialler.deadline());
		}
		return limited;
	}

	private @Nullable Duration earlier(@Nullable Duration timeout, @Nullable Long at) {
		if (at == null) {
			return timeout;
		}
		Duration until = Duration.ofNanos(Math.max(0, at - this.time.nanoTime()));
		return (timeout == null || until.compareTo(timeout) < 0) ? until : timeout;
	}

	String peers() {
		StringBuilder text = new StringBuilder();
		if (this.peers.up != null) {
			text.append(", predecessor ").append(this.peers.up.peer());
		}
		if (this.peers.down != null) {
			text.append(", successor ").append(this.peers.down.peer());
		}
		return text.toString();
	}

	void close() {
		closeGate();
		closeDescriptors();
		this.peers.flush();
		this.peers.close();
		this.leases.forEach(DescriptorLease::close);
		try {
			this.transport.close();
		}
		catch (IOException ex) {
			logger.debug("Cannot close the transport", ex);
		}
	}

}
