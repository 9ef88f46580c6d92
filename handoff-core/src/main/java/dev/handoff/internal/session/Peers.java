package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.TimeSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control channels of this process by the part that the peer plays. Used by the
 * session's thread.
 */
final class Peers {

	private static final Logger logger = LoggerFactory.getLogger(Peers.class);

	/** The predecessor. */
	@Nullable Connection up;

	/** The successor. */
	@Nullable Connection down;

	/** A former successor that was told a verdict. */
	@Nullable Connection old;

	/** A dialler that waits until this process is alone. */
	@Nullable Connection held;

	/** Diallers that have not said HELLO. */
	final List<Dialler> diallers = new ArrayList<>();

	/**
	 * Closes diallers that have not said HELLO: they dial again and reach who serves.
	 */
	void turnAway() {
		this.diallers.forEach((dialler) -> dialler.connection().close());
		this.diallers.clear();
	}

	void flush() {
		for (Connection connection : all()) {
			try {
				connection.flush();
			}
			catch (IOException ex) {
				logger.debug("Cannot write to {}", connection.peer(), ex);
			}
		}
	}

	void close() {
		all().forEach(Connection::close);
	}

	private List<Connection> all() {
		List<Connection> all = new ArrayList<>();
		for (Connection connection : new @Nullable Connection[] { this.up, this.down, this.old, this.held }) {
			if (connection != null) {
				all.add(connection);
			}
		}
		return all;
	}

	/**
	 * A dialler that has to say HELLO in time.
	 *
	 * @param connection its connection
	 * @param patience how long it has
	 * @param deadline the {@link TimeSource time} when it is refused
	 */
	record Dialler(Connection connection, Duration patience, long deadline) {
	}

}
