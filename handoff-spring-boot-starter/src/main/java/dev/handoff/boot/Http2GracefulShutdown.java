package dev.handoff.boot;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The graceful shutdown of one HTTP/2 connection (RFC 9113, section 6.8), in which each
 * step waits for what the client does and none for a time:
 * <ol>
 * <li>GOAWAY with the highest stream id, then PING. Streams that the client has begun
 * before it read that are served.</li>
 * <li>The PING is acknowledged: frames arrive in their order, so no further stream is on
 * the way. Those that are open are served.</li>
 * <li>None is open: GOAWAY with the last stream id, then PING.</li>
 * <li>The PING is acknowledged: the client has read everything. The connection is closed.
 * Most clients close it themselves before.</li>
 * </ol>
 * A client that does not read is waited for, as one with an idle HTTP/1.1 connection is.
 * Safe for use by several threads.
 */
public abstract class Http2GracefulShutdown {

	// "handoff1" and "handoff2", unlike what servers send for their own purposes.
	private static final long FIRST_PING = 0x68616E646F666631L;

	private static final long LAST_PING = 0x68616E646F666632L;

	private final AtomicReference<Step> step = new AtomicReference<>(Step.SERVING);

	/**
	 * Takes the next step if it is due. To be called again and again while the server
	 * drains, not before the server has sent its SETTINGS, which must be the first frame
	 * (section 3.4).
	 */
	public final void goOn() {
		if (advance(Step.SERVING, Step.ANNOUNCED)) {
			announce(FIRST_PING);
		}
		else if (this.step.get() == Step.FINISHING && !hasStreams() && advance(Step.FINISHING, Step.LEAVING)) {
			leave(LAST_PING);
		}
	}

	/**
	 * Takes the acknowledgment of a PING.
	 * @param ping what is in the frame
	 * @return whether it belongs to a PING from here
	 */
	public final boolean acknowledged(long ping) {
		if (ping == FIRST_PING && advance(Step.ANNOUNCED, Step.FINISHING)) {
			goOn();
		}
		else if (ping == LAST_PING) {
			boolean open = hasStreams();
			if (advance(Step.LEAVING, open ? Step.FINISHING : Step.CLOSED) && !open) {
				close();
			}
		}
		return ping == FIRST_PING || ping == LAST_PING;
	}

	/**
	 * Closes the connection if it has no streams, because the time is nearly up.
	 */
	public final void closeIfIdle() {
		if (!hasStreams() && this.step.getAndSet(Step.CLOSED) != Step.CLOSED) {
			close();
		}
	}

	private boolean advance(Step from, Step to) {
		return this.step.compareAndSet(from, to);
	}

	/**
	 * Sends GOAWAY with the highest stream id, then PING.
	 * @param ping what the PING is to contain
	 */
	protected abstract void announce(long ping);

	/**
	 * Returns whether a request is open, or a response not yet written to the end.
	 */
	protected abstract boolean hasStreams();

	/**
	 * Sends GOAWAY with the id of the last stream, unless {@link #close()} does, then
	 * PING.
	 * @param ping what the PING is to contain
	 */
	protected abstract void leave(long ping);

	/**
	 * Closes the connection, after GOAWAY with the id of the last stream.
	 */
	protected abstract void close();

	private enum Step {

		SERVING, ANNOUNCED, FINISHING, LEAVING, CLOSED

	}

}
