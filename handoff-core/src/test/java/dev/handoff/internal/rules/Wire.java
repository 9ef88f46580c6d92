package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * A control channel of the model: two queues, and which ends are closed. The end of a
 * process that died is closed.
 */
final class Wire {

	static final int NOBODY = -1;

	final int dialler;

	/** Who accepted it, {@link #NOBODY} while it waits in the accept queue. */
	int acceptor = NOBODY;

	boolean diallerClosed;

	boolean acceptorClosed;

	final List<Frame> toAcceptor = new ArrayList<>();

	final List<Frame> toDialler = new ArrayList<>();

	Wire(int dialler) {
		this.dialler = dialler;
	}

	Wire copy() {
		Wire copy = new Wire(this.dialler);
		copy.acceptor = this.acceptor;
		copy.diallerClosed = this.diallerClosed;
		copy.acceptorClosed = this.acceptorClosed;
		copy.toAcceptor.addAll(this.toAcceptor);
		copy.toDialler.addAll(this.toDialler);
		return copy;
	}

	boolean isGone() {
		return this.diallerClosed && this.acceptorClosed;
	}

	List<Frame> inbox(int process) {
		return (process == this.dialler) ? this.toDialler : this.toAcceptor;
	}

	boolean isClosedByPeerOf(int process) {
		return (process == this.dialler) ? this.acceptorClosed : this.diallerClosed;
	}

	void send(int from, Frame frame) {
		if (!isClosedByPeerOf(from)) {
			((from == this.dialler) ? this.toAcceptor : this.toDialler).add(frame);
		}
	}

	/**
	 * Closes an end: what was not read there is lost, with the descriptors in it.
	 */
	void close(int process) {
		inbox(process).clear();
		if (process == this.dialler) {
			this.diallerClosed = true;
		}
		else {
			this.acceptorClosed = true;
		}
	}

	/**
	 * Messages of the model.
	 */
	enum Frame {

		HELLO, OFFER, REFUSED, ADOPTED, READY, READY_HOLD, RELEASED, SERVING, CONFIRMED, RECLAIM, RECLAIMED, CLOSED,
		GONE, ABORT

	}

}
