package dev.handoff.internal.session;

import java.io.IOException;

import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffRefusedException;
import dev.handoff.TransferException;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.report.Recorder;
import dev.handoff.internal.rules.Event;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns what the peers say into events. Used by the session's thread.
 */
final class Inbox {

	private static final Logger logger = LoggerFactory.getLogger(Inbox.class);

	private final HandoffOptions options;

	private final Peers peers;

	private final Timers timers;

	private final Dialling dialling;

	private final ControlSocket control;

	private final Recorder recorder;

	private String confirmation = "";

	Inbox(HandoffOptions options, Peers peers, Timers timers, Dialling dialling, ControlSocket control,
			Recorder recorder) {
		this.options = options;
		this.peers = peers;
		this.timers = timers;
		this.dialling = dialling;
		this.control = control;
		this.recorder = recorder;
	}

	/**
	 * Returns the next event from a channel, {@code null} if every channel has been read
	 * dry.
	 */
	@Nullable Occurrence next() throws IOException {
		Occurrence next = nextFrom(this.peers.up, Event.PREDECESSOR_EOF, Event.PREDECESSOR_GARBAGE);
		if (next == null) {
			next = nextFrom(this.peers.down, Event.SUCCESSOR_EOF, Event.SUCCESSOR_GARBAGE);
		}
		if (next == null) {
			next = nextFrom(this.peers.old, Event.OLD_EOF, Event.OLD_EOF);
		}
		if (next == null) {
			next = nextFrom(this.peers.parked, Event.PARKED_EOF, Event.PARKED_EOF);
		}
		return (next != null) ? next : this.control.nextHello();
	}

	/**
	 * Returns what the successor said when it confirmed, empty if nothing.
	 */
	String confirmation() {
		return this.confirmation;
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
			logger.warn("Unreadable message from {}", connection.peer(), ex);
			return Occurrence.failed(garbage, new TransferException("unusable message: " + ex.getMessage(), null));
		}
	}

	private @Nullable Occurrence understand(Connection connection, Message message) throws IOException {
		if (connection != this.peers.up && connection != this.peers.down) {
			// It was told a verdict, or waits: only its end has a meaning.
			return null;
		}
		if (message instanceof Message.Unknown unknown) {
			connection.send(new Message.Unrecognized(unknown.type()));
			return null;
		}
		if (message instanceof Message.Unrecognized unrecognized) {
			logger.warn("{} does not know message type {}", connection.peer(), unrecognized.type());
			return null;
		}
		return (connection == this.peers.up) ? fromPredecessor(connection, message) : fromSuccessor(message);
	}

	private @Nullable Occurrence fromPredecessor(Connection connection, Message message) {
		if (message instanceof Message.Offer || message instanceof Message.Descriptors) {
			return this.dialling.receive(connection, message);
		}
		if (message instanceof Refused refused) {
			return new Occurrence(Event.REFUSED, refused.detail(),
					new HandoffRefusedException(HandoffRefusedException.Reason.valueOf(refused.reason().name()),
							refused.detail(), this.options.controlSocket(), refused.retryAfter()));
		}
		if (message instanceof Message.Released released) {
			this.timers.window(released.window());
			return Occurrence.of(Event.RELEASED);
		}
		if (message instanceof Message.Reclaimed reclaimed) {
			return new Occurrence(Event.RECLAIMED, "the predecessor serves again: " + reclaimed.reason(),
					HandoffAbortedException.byPredecessor(reclaimed.reason()));
		}
		if (message instanceof Message.Abort abort) {
			return new Occurrence(Event.ABORT_FROM_PREDECESSOR, "the predecessor gave up: " + abort.reason(),
					HandoffAbortedException.byPredecessor(abort.reason()));
		}
		if (message instanceof Message.Closed) {
			return Occurrence.of(Event.CLOSED);
		}
		if (message instanceof Message.Progress progress) {
			this.recorder.progress(progress.remaining());
			return null;
		}
		return (message instanceof Message.Gone) ? Occurrence.of(Event.GONE) : null;
	}

	private @Nullable Occurrence fromSuccessor(Message message) {
		if (message instanceof Message.Adopted) {
			return Occurrence.of(Event.ADOPTED);
		}
		if (message instanceof Message.Ready ready) {
			return Occurrence.of(ready.hold() ? Event.READY_HOLD : Event.READY);
		}
		if (message instanceof Message.Serving) {
			return Occurrence.of(Event.SERVING);
		}
		if (message instanceof Message.Confirmed confirmed) {
			this.confirmation = confirmed.reason();
			return Occurrence.of(Event.CONFIRMED);
		}
		if (message instanceof Message.Reclaim reclaim) {
			return new Occurrence(Event.RECLAIM, "the successor gave the listeners back: " + reclaim.reason());
		}
		if (message instanceof Message.Abort abort) {
			return new Occurrence(Event.ABORT_FROM_SUCCESSOR, "the successor gave up: " + abort.reason());
		}
		return null;
	}

}
