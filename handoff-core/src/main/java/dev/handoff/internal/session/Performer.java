package dev.handoff.internal.session;

import java.io.IOException;
import java.util.Map;

import dev.handoff.HandoffOptions;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.report.Transition;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has done what the rules say, each action by the part whose it is. Used by the session's
 * thread.
 */
final class Performer {

	private static final Logger logger = LoggerFactory.getLogger(Performer.class);

	private final HandoffOptions options;

	private final Peers peers;

	private final Holdings holdings;

	private final ControlSocket control;

	private final Dialling dialling;

	private final Offering offering;

	private final IncumbentWatch incumbent;

	private final Drains drains;

	private @Nullable Integer waiting;

	private Map<String, Integer> forceClosed = Map.of();

	Performer(HandoffOptions options, Peers peers, Holdings holdings, ControlSocket control, Dialling dialling,
			Offering offering, IncumbentWatch incumbent, Drains drains) {
		this.options = options;
		this.peers = peers;
		this.holdings = holdings;
		this.control = control;
		this.dialling = dialling;
		this.offering = offering;
		this.incumbent = incumbent;
		this.drains = drains;
	}

	/**
	 * Does one thing.
	 * @param action what to do
	 * @param reason why, for the peer
	 * @return what happened because of it, {@code null} if nothing that is to be told
	 */
	@Nullable Occurrence perform(Action action, String reason) {
		try {
			switch (action) {
				case DIAL -> {
					return this.dialling.begin();
				}
				case OPEN_GATE -> {
					this.holdings.openGates();
					this.control.openGate();
				}
				case OPEN_CONTROL_GATE -> this.control.openGate();
				case CLOSE_GATE -> {
					this.holdings.closeGates();
					this.control.closeGate();
				}
				case CLOSE_UNCLAIMED -> this.holdings.closeUnclaimed();
				case RELIEVE -> this.incumbent.relieve();
				case CLOSE_DESCRIPTORS -> {
					this.holdings.close();
					this.dialling.discard();
					this.control.close();
				}
				case OFFER -> offer(this.control.takeGreeted());
				case PARK -> this.peers.parked = this.control.takeGreeted();
				case REFUSE_BUSY ->
					refuse(this.control.takeGreeted(), Refused.Reason.BUSY, "another handoff is under way");
				case REFUSE_NOT_READY ->
					refuse(this.control.takeGreeted(), Refused.Reason.NOT_READY, "it is starting itself");
				case OFFER_PARKED -> offer(takeParked());
				case REFUSE_PARKED -> refuse(takeParked(), Refused.Reason.BUSY, "the previous handoff is not over");
				case SEND_ADOPTED -> send(this.peers.up, new Message.Adopted());
				case SEND_READY -> send(this.peers.up, new Message.Ready(false));
				case SEND_READY_HOLD -> send(this.peers.up, new Message.Ready(true));
				case SEND_SERVING -> send(this.peers.up, new Message.Serving());
				case SEND_CONFIRMED -> send(this.peers.up, new Message.Confirmed(reason));
				case SEND_RECLAIM -> send(this.peers.up, new Message.Reclaim(reason));
				case SEND_ABORT_UP -> send(this.peers.up, new Message.Abort(reason));
				case SEND_RELEASED -> {
					this.waiting = this.holdings.waiting();
					send(this.peers.down, new Message.Released(this.options.observationWindow()));
				}
				case SEND_RECLAIMED -> send(this.peers.down, new Message.Reclaimed(reason));
				case SEND_CLOSED -> send(this.peers.down, new Message.Closed());
				case SEND_ABORT_DOWN -> send(this.peers.down, new Message.Abort(reason));
				case SEND_GONE -> send(this.peers.down, new Message.Gone());
				case SEND_GONE_OLD -> send(this.peers.old, new Message.Gone());
				case CLOSE_UP -> this.peers.up = close(this.peers.up);
				case CLOSE_DOWN -> this.peers.down = close(this.peers.down);
				case CLOSE_OLD -> this.peers.old = close(this.peers.old);
				case CLOSE_PARKED -> this.peers.parked = close(this.peers.parked);
				case RETIRE_DOWN -> {
					this.peers.old = this.peers.down;
					this.peers.down = null;
				}
				case START_DRAIN -> this.drains.start();
				case CANCEL_DRAIN -> this.drains.cancel();
				case FORCE_DRAIN -> forceDrain();
			}
		}
		catch (IOException ex) {
			// The peer will judge by what it gets; this process by what it reads.
			logger.warn("Handoff step {} failed", action, ex);
			if (action == Action.OFFER || action == Action.OFFER_PARKED) {
				return new Occurrence(Event.OPERATOR_ABORT, "the offer failed: " + ex.getMessage());
			}
		}
		return null;
	}

	private void offer(Connection successor) throws IOException {
		this.peers.down = successor;
		this.offering.send(successor, this.control.listener(), this.dialling.generation());
	}

	private Connection takeParked() throws IOException {
		Connection taken = this.peers.parked;
		this.peers.parked = null;
		if (taken == null) {
			throw new IOException("no parked dialler");
		}
		return taken;
	}

	private void refuse(Connection dialler, Refused.Reason reason, String detail) {
		this.control.refuse(dialler, reason, detail);
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

	private void forceDrain() {
		int remaining = this.drains.remaining();
		this.forceClosed = this.drains.force();
		logger.warn("The drain timed out after {} with {} connections left; closed: {}",
				DurationText.of(this.options.drainTimeout()), remaining, this.forceClosed);
	}

	/**
	 * Returns who dialled and waits for this process's answer, {@code null} if nobody
	 * does.
	 */
	@Nullable PeerIdentity dialler() {
		Connection greeted = this.control.greeted();
		return identity((greeted != null) ? greeted : this.peers.parked);
	}

	Transition.Facts facts(@Nullable PeerIdentity dialler) {
		return new Transition.Facts(this.dialling.generation(), identity(this.peers.up), identity(this.peers.down),
				dialler, (this.offering.size() > 0) ? this.offering.size() : this.dialling.size(), this.waiting,
				this.forceClosed);
	}

	private static @Nullable PeerIdentity identity(@Nullable Connection peer) {
		return (peer != null) ? peer.identity() : null;
	}

}
