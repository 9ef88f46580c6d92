package dev.handoff.boot.jetty;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 connections of a connector. When it drains, each is told twice to go away
 * (RFC 9113, section 6.8): first with the highest stream id, so that requests on the way
 * are served, and a second later with the last one that was. Jetty's own shutdown sends
 * the second at once if no stream is open, and a request that is on the way is refused.
 */
final class Http2Connections implements Connection.Listener {

	private static final long NOTICE_MILLIS = 1000;

	private final Set<HTTP2Connection> open = ConcurrentHashMap.newKeySet();

	private final ServerConnector connector;

	private volatile boolean draining;

	Http2Connections(ServerConnector connector) {
		this.connector = connector;
	}

	@Override
	public void onOpened(Connection connection) {
		if (connection instanceof HTTP2Connection http2) {
			this.open.add(http2);
			if (this.draining) {
				// Not before the settings.
				later(() -> announce(http2));
			}
		}
	}

	@Override
	public void onClosed(Connection connection) {
		if (connection instanceof HTTP2Connection http2) {
			this.open.remove(http2);
		}
	}

	boolean contains(@Nullable Connection connection) {
		return connection instanceof HTTP2Connection http2 && this.open.contains(http2);
	}

	void start() {
		this.draining = true;
		this.open.forEach(this::announce);
	}

	/**
	 * Takes nothing back: a client that was told to go away does.
	 */
	void cancel() {
		this.draining = false;
	}

	private void announce(HTTP2Connection connection) {
		connection.getSession().frames(null, List.of(GoAwayFrame.GRACEFUL), Callback.NOOP);
		later(() -> sayGoodbye(connection));
	}

	private void sayGoodbye(HTTP2Connection connection) {
		connection.getSession().close(ErrorCode.NO_ERROR.code, "close", Callback.from(() -> closeWhenDone(connection)));
	}

	// Jetty would wait for the client to close.
	private void closeWhenDone(HTTP2Connection connection) {
		if (!this.open.contains(connection)) {
			return;
		}
		if (connection.getSession().getStreams().isEmpty()) {
			connection.getEndPoint().close();
		}
		else {
			later(() -> closeWhenDone(connection));
		}
	}

	private void later(Runnable task) {
		this.connector.getScheduler().schedule(task, NOTICE_MILLIS, TimeUnit.MILLISECONDS);
	}

}
