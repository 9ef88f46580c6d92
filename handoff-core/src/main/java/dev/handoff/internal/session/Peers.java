package dev.handoff.internal.session;

import java.io.IOException;
import java.util.Objects;
import java.util.stream.Stream;

import dev.handoff.internal.control.Connection;
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
	@Nullable Connection parked;

	void flush() {
		all().forEach((connection) -> {
			try {
				connection.flush();
			}
			catch (IOException ex) {
				logger.debug("Cannot write to {}", connection.peer(), ex);
			}
		});
	}

	void close() {
		all().forEach(Connection::close);
	}

	private Stream<Connection> all() {
		return Stream.of(this.up, this.down, this.old, this.parked).filter(Objects::nonNull);
	}

}
