package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalInt;

import dev.handoff.HandoffOptions;
import dev.handoff.HandoffRefusedException;
import dev.handoff.TransferException;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.operator.Operators;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.SessionState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what arrives on the control socket into events. Used by the session's thread.
 */
final class Inbox {

	private static final Logger logger = LoggerFactory.getLogger(Inbox.class);

	// Diallers beyond that wait in the accept queue.
	private static final int MAX_DIALLERS = 16;

	private final HandoffOptions options;

	private final ControlTransport transport;

	private final TimeSource time;

	private final Peers peers;

	private final Holdings listeners;

	private final Timers timers;

	private final Performer performer;

	private final Operators operators;

	Inbox(HandoffOptions options, ControlTransport transport, TimeSource time, Peers peers, Holdings listeners,
			Timers timers, Performer performer, Operators operators) {
		this.options = options;
		this.transport = transport;
		this.time = time;
		this.peers = peers;
		this.listeners = listeners;
		this.timers = timers;
		this.performer = performer;
		this.operators = operators;
	}

	/**
	 * Returns the next event from a channel, {@code null} if every channel has been read
	 * dry.
	 */
	@Nullable Occurrence next(SessionState state) throws IOException {
		Occurrence next = nextFrom(this.peers.up, Event.PREDECESSOR_EOF, Event.PREDECESSOR_GARBAGE);
		if (next == null) {
			next = nextFrom(this.peers.down, Event.SUCCESSOR_EOF, Event.SUCCESSOR_GARBAGE);
		}
		if (next == null) {
			next = nextFrom(this.peers.old, Event.OLD_EOF, Event.OLD_EOF);
		}
		if (next == null) {
			next = nextFrom(this.peers.held, Event.HELD_EOF, Event.HELD_EOF);
		}
		return (next != null) ? next : nextHello();
	}

	private @Nullable Occurrence nextFrom(@Nullable Connection connection, Event eof, Event garbage) {
		if (connection == null) {
			return null;
		}
		try {
			Message message = connection.next();
			while (message != null) {
				Occurrence occurrence = understand(connection, message);
				if (occurrence != null) {
					return occurrence;
				}
				message = connection.next();
			}
			return connection.reportEnd() ? new Occurrence(eof, "%s is gone".formatted(connection.peer())) : null;
		}
		catch (MalformedFrameException | IOException ex) {
			logger.warn("Cannot understand {}", connection.peer(), ex);
			return new Occurrence(garbage, "unusable message: " + ex.getMessage());
		}
	}

	private @Nullable Occurrence understand(Connection connection, Message message) throws IOException {
		if (message instanceof Message.Unknown unknown) {
			connection.send(new Message.Unrecognized(unknown.type()));
			return null;
		}
		if (message instanceof Message.Unrecognized unrecognized) {
			logger.warn("{} does not know message type {}", connection.peer(), unrecognized.type());
			return null;
		}
		if (connection == this.peers.up) {
			return fromPredecessor(connection, message);
		}
		return (connection == this.peers.down) ? fromSuccessor(message) : null;
	}

	private @Nullable Occurrence fromPredecessor(Connection connection, Message message) throws IOException {
		if (message instanceof Message.Offer || message instanceof Message.Descriptors) {
			return receive(connection, message);
		}
		if (message instanceof Refused refused) {
			this.performer
				.failWith(new HandoffRefusedException(HandoffRefusedException.Reason.valueOf(refused.reason().name()),
						refused.detail(), this.options.controlSocket(), refused.retryAfter()));
			return new Occurrence(Event.REFUSED, refused.detail());
		}
		if (message instanceof Message.Released released) {
			this.timers.window(released.window());
			return Occurrence.of(Event.RELEASED);
		}
		if (message instanceof Message.Reclaimed reclaimed) {
			return new Occurrence(Event.RECLAIMED, reclaimed.reason());
		}
		if (message instanceof Message.Abort abort) {
			return new Occurrence(Event.ABORT_FROM_PREDECESSOR, abort.reason());
		}
		if (message instanceof Message.Closed) {
			return Occurrence.of(Event.CLOSED);
		}
		if (message instanceof Message.Progress progress) {
			this.performer.recorder().progress(progress.remaining());
			return null;
		}
		if (message instanceof Message.Gone) {
			return Occurrence.of(Event.GONE);
		}
		return null;
	}

	private @Nullable Occurrence receive(Connection connection, Message message) {
		Dial dial = this.performer.dial();
		try {
			if (message instanceof Message.Offer offer) {
				connection.identify(offer.pid(), offer.instanceId());
				dial.offer(offer);
			}
			else if (message instanceof Message.Descriptors descriptors) {
				dial.receive(descriptors.count(), connection.takeDescriptors());
			}
			if (!dial.isComplete()) {
				return null;
			}
			this.performer.adopted(dial.adopt(this.transport, this.listeners));
			return Occurrence.of(Event.OFFER);
		}
		catch (TransferException ex) {
			return badOffer(ex);
		}
		catch (IOException ex) {
			return badOffer(new TransferException("a descriptor cannot be used: " + ex.getMessage(), ex));
		}
	}

	private Occurrence badOffer(TransferException failure) {
		this.performer.failWith(failure);
		return new Occurrence(Event.OFFER_BAD, String.valueOf(failure.getMessage()));
	}

	private static @Nullable Occurrence fromSuccessor(Message message) {
		if (message instanceof Message.Adopted) {
			return Occurrence.of(Event.ADOPTED);
		}
		if (message instanceof Message.Ready ready) {
			return Occurrence.of(ready.hold() ? Event.READY_HOLD : Event.READY);
		}
		if (message instanceof Message.Serving) {
			return Occurrence.of(Event.SERVING);
		}
		if (message instanceof Message.Confirmed) {
			return Occurrence.of(Event.CONFIRMED);
		}
		if (message instanceof Message.Reclaim reclaim) {
			return new Occurrence(Event.RECLAIM, reclaim.reason());
		}
		if (message instanceof Message.Abort abort) {
			return new Occurrence(Event.ABORT_FROM_SUCCESSOR, abort.reason());
		}
		return null;
	}

	private @Nullable Occurrence nextHello() throws IOException {
		this.operators.attend();
		while (this.performer.isControlGateOpen() && this.peers.diallers.size() < MAX_DIALLERS) {
			Optional<Connection> dialler = this.performer.accept();
			if (dialler.isEmpty()) {
				break;
			}
			if (isAllowed(dialler.get())) {
				expect(dialler.get(), this.options.stepTimeout());
			}
		}
		for (Iterator<Peers.Dialler> diallers = this.peers.diallers.iterator(); diallers.hasNext();) {
			Peers.Dialler dialler = diallers.next();
			Greeting greeting = greet(dialler);
			if (greeting != Greeting.PENDING) {
				diallers.remove();
			}
			if (greeting == Greeting.WELCOME) {
				this.performer.greeted(dialler.connection());
				return new Occurrence(Event.HELLO, "%s said HELLO".formatted(dialler.connection().peer()));
			}
		}
		this.performer.awaitDiallers(this.peers.diallers.size() < MAX_DIALLERS);
		return null;
	}

	/**
	 * Waits for the HELLO of a process that this one starts, which has as long as a
	 * successor has to become ready.
	 */
	void expect(ControlChannel channel) throws IOException {
		expect(new Connection(channel), this.options.readyTimeout());
	}

	private void expect(Connection dialler, Duration patience) {
		this.peers.diallers.add(new Peers.Dialler(dialler, patience, this.time.nanoTime() + patience.toNanos()));
	}

	private boolean isAllowed(Connection dialler) throws IOException {
		if (this.performer.isAllowed(dialler.peerUid())) {
			return true;
		}
		logger.warn("Refused {}: allowed are uid {} and {}", dialler.peer(), this.transport.ownUid(),
				this.options.allowedPeerUids());
		refuse(dialler, Refused.Reason.FORBIDDEN, "uid %d may not take the listeners".formatted(dialler.peerUid()));
		return false;
	}

	private Greeting greet(Peers.Dialler dialler) throws IOException {
		Connection connection = dialler.connection();
		try {
			Message message = connection.next();
			if (message instanceof Message.Hello hello) {
				return admit(connection, hello);
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
				return refuse(connection, Refused.Reason.VERSION, "HELLO expected, not " + message);
			}
		}
		catch (MalformedFrameException | IOException ex) {
			return refuse(connection, Refused.Reason.VERSION, "HELLO expected: " + ex.getMessage());
		}
		if (connection.isEnded()) {
			connection.close();
			return Greeting.REFUSED;
		}
		if (dialler.deadline() - this.time.nanoTime() <= 0) {
			return refuse(connection, Refused.Reason.BUSY, "no HELLO within " + dialler.patience());
		}
		return Greeting.PENDING;
	}

	private Greeting admit(Connection connection, Message.Hello hello) throws IOException {
		OptionalInt version = Versions.negotiate(hello.lowestVersion(), hello.highestVersion());
		if (version.isEmpty()) {
			return refuse(connection, Refused.Reason.VERSION,
					"this process speaks protocol versions %d to %d, the successor %d to %d".formatted(Versions.LOWEST,
							Versions.HIGHEST, hello.lowestVersion(), hello.highestVersion()));
		}
		if (!hello.application().equals(this.options.application())) {
			return refuse(connection, Refused.Reason.OTHER_APPLICATION, "it belongs to application '%s', not to '%s'"
				.formatted(this.options.application(), hello.application()));
		}
		connection.identify(hello.pid(), hello.instanceId());
		connection.agree(hello.capabilities() & Capabilities.OWN);
		return Greeting.WELCOME;
	}

	private static Greeting refuse(Connection connection, Refused.Reason reason, String detail) {
		try {
			connection.send(new Refused(reason, detail, null));
		}
		catch (IOException ex) {
			logger.debug("Cannot refuse {}", connection.peer(), ex);
		}
		connection.close();
		return Greeting.REFUSED;
	}

	private enum Greeting {

		PENDING, WELCOME, OPERATOR, REFUSED

	}

}
