package dev.handoff.internal.session;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

import dev.handoff.HandoffException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffTimeoutException;
import dev.handoff.PeerNotAllowedException;
import dev.handoff.TransferException;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.socket.NetworkNamespace;
import dev.handoff.internal.text.PlainText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks for the predecessor and receives its offer, or finds that there is none. Used by
 * the session's thread, but for {@link #generation()}.
 */
final class Dialling {

	private static final Logger logger = LoggerFactory.getLogger(Dialling.class);

	// So that a peer that closes at once, or a full accept queue, makes no busy loop.
	private static final Duration PAUSE = Duration.ofMillis(20);

	private final HandoffOptions options;

	private final String instanceId;

	private final ControlTransport transport;

	private final TimeSource time;

	private final Peers peers;

	private final Holdings holdings;

	private final ControlSocket control;

	private final WorkLock workLock;

	private IncomingOffer offer = new IncomingOffer();

	private @Nullable Long attemptAt;

	private long lastAttempt;

	private @Nullable IOException problem;

	private volatile int generation;

	Dialling(HandoffOptions options, String instanceId, ControlTransport transport, TimeSource time, Peers peers,
			Holdings holdings, ControlSocket control, WorkLock workLock) {
		this.options = options;
		this.instanceId = instanceId;
		this.transport = transport;
		this.time = time;
		this.peers = peers;
		this.holdings = holdings;
		this.control = control;
		this.workLock = workLock;
		this.attemptAt = time.nanoTime();
		this.lastAttempt = this.attemptAt - PAUSE.toNanos();
	}

	/**
	 * Dials again, and forgets what came of an earlier offer.
	 * @return what came of it, {@code null} if that is not known yet
	 */
	@Nullable Occurrence begin() {
		this.holdings.reset();
		this.offer = new IncomingOffer();
		long now = this.time.nanoTime();
		this.attemptAt = Math.max(now, this.lastAttempt + PAUSE.toNanos());
		return retryIfDue();
	}

	/**
	 * Dials if that is due, as it is at first.
	 * @return what came of it, {@code null} if that is not known yet
	 */
	@Nullable Occurrence retryIfDue() {
		long now = this.time.nanoTime();
		if (this.attemptAt == null || this.attemptAt - now > 0) {
			return null;
		}
		this.lastAttempt = now;
		this.attemptAt = now + PAUSE.toNanos();
		try {
			return dial();
		}
		catch (HandoffException ex) {
			this.attemptAt = null;
			return Occurrence.failed(Event.DIAL_FAILED, ex);
		}
		catch (IOException ex) {
			logger.debug("Dialling failed, will be tried again", ex);
			this.problem = ex;
			return null;
		}
	}

	private @Nullable Occurrence dial() throws IOException {
		// Made, and its classes loaded, before the predecessor begins to wait for it.
		ByteBuffer hello = FrameCodec.encode(new Message.Hello(Versions.LOWEST, Versions.HIGHEST, Capabilities.OWN,
				ProcessHandle.current().pid(), this.instanceId, this.options.application(), this.options.version(),
				NetworkNamespace.current()));
		Optional<ControlChannel> channel = this.transport.inherited();
		if (channel.isEmpty()) {
			channel = this.transport.dial(this.options.controlSocket());
		}
		if (channel.isPresent()) {
			return greet(new Connection(channel.get()), hello);
		}
		Optional<ControlListener> claimed = this.transport.claim(this.options.controlSocket());
		if (claimed.isPresent()) {
			this.attemptAt = null;
			this.control.take(claimed.get());
			this.holdings.openIncumbent();
			return new Occurrence(Event.CLAIMED, "there is no predecessor");
		}
		return null;
	}

	private @Nullable Occurrence greet(Connection predecessor, ByteBuffer hello) throws IOException {
		this.attemptAt = null;
		this.peers.up = predecessor;
		if (!this.transport.isTrusted(predecessor.peerUid(), this.options.allowedPeerUids())) {
			return Occurrence.failed(Event.PEER_NOT_ALLOWED, new PeerNotAllowedException(this.options.controlSocket(),
					predecessor.peerUid(), this.options.allowedPeerUids()));
		}
		predecessor.expectDescriptors(true);
		predecessor.send(hello);
		return null;
	}

	/**
	 * Takes a part of the offer.
	 * @return the event if it is complete or cannot be used, {@code null} if more has to
	 * come
	 */
	@Nullable Occurrence receive(Connection predecessor, Message message) {
		try {
			if (message instanceof Message.Offer offered) {
				predecessor.identify(offered.pid(), offered.instanceId(), offered.applicationVersion());
				this.offer.begin(offered);
			}
			else if (message instanceof Message.Descriptors descriptors) {
				this.offer.receive(descriptors.count(), predecessor.takeDescriptors());
			}
			if (!this.offer.isComplete()) {
				return null;
			}
			predecessor.expectDescriptors(false);
			checkControlSocket(this.offer.controlSocket());
			this.control.take(this.offer.adopt(this.transport, this.holdings, this.workLock));
			this.generation = this.offer.generation();
			return new Occurrence(Event.OFFER, "received the predecessor's listeners");
		}
		catch (TransferException ex) {
			return Occurrence.failed(Event.OFFER_BAD, ex);
		}
		catch (IOException ex) {
			return Occurrence.failed(Event.OFFER_BAD,
					new TransferException("a descriptor cannot be used: " + ex.getMessage(), ex));
		}
	}

	/**
	 * Checks that whoever dials this process's path will reach the listener. In another
	 * mount namespace the file has the same name in another directory.
	 */
	private void checkControlSocket(Path offered) throws IOException {
		Path own = this.options.controlSocket().toAbsolutePath().normalize();
		if (offered.equals(own)) {
			return;
		}
		Optional<Object> file = this.transport.fileOf(offered);
		boolean same = file.isPresent() ? file.equals(this.transport.fileOf(own))
				: Objects.equals(offered.getFileName(), own.getFileName());
		if (!same) {
			throw new TransferException("the predecessor listens on control socket '%s', not on '%s'"
				.formatted(PlainText.of(offered.toString()), own), null);
		}
	}

	/**
	 * The time for the offer is over.
	 */
	Occurrence timedOut() {
		return Occurrence.failed(Event.CONNECT_DEADLINE,
				new HandoffTimeoutException("offer on control socket '%s'".formatted(this.options.controlSocket()),
						this.options.connectTimeout(), "connect-timeout", this.problem));
	}

	/**
	 * Closes the descriptors that were received and not adopted.
	 */
	void discard() {
		this.offer.discard();
	}

	/**
	 * Returns how many descriptors were received, the control listener's included.
	 */
	int size() {
		return this.offer.size();
	}

	int generation() {
		return this.generation;
	}

	/**
	 * Returns when to dial, {@code null} if that is done.
	 */
	@Nullable Long dueAt() {
		return this.attemptAt;
	}

}
