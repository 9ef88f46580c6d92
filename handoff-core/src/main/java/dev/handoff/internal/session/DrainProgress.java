package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;

import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.protocol.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the successor how the drain goes. Used by the session's thread.
 */
final class DrainProgress {

	private static final Logger logger = LoggerFactory.getLogger(DrainProgress.class);

	private static final Duration INTERVAL = Duration.ofMillis(500);

	private final Drains drains;

	private final TimeSource time;

	private int told = -1;

	private long toldAt;

	DrainProgress(Drains drains, TimeSource time) {
		this.drains = drains;
		this.time = time;
	}

	/**
	 * Tells it, unless nothing has changed or that would have to wait.
	 */
	void tell(Connection successor) {
		if (successor.hasUnsent()) {
			return;
		}
		int remaining = this.drains.remaining();
		long now = this.time.nanoTime();
		if (remaining == this.told || (this.told >= 0 && now - this.toldAt < INTERVAL.toNanos())) {
			return;
		}
		this.told = remaining;
		this.toldAt = now;
		try {
			successor.send(new Message.Progress(remaining));
		}
		catch (IOException ex) {
			logger.debug("Cannot report progress", ex);
		}
	}

}
