package dev.handoff.boot.jetty;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.boot.Http2GracefulShutdown;
import org.eclipse.jetty.http2.ErrorCode;
import org.eclipse.jetty.http2.HTTP2Connection;
import org.eclipse.jetty.http2.HTTP2Session;
import org.eclipse.jetty.http2.HTTP2Stream;
import org.eclipse.jetty.http2.HTTP2StreamEndPoint;
import org.eclipse.jetty.http2.api.Session;
import org.eclipse.jetty.http2.api.Stream;
import org.eclipse.jetty.http2.frames.Frame;
import org.eclipse.jetty.http2.frames.GoAwayFrame;
import org.eclipse.jetty.http2.frames.PingFrame;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 connections of a connector. Jetty's own shutdown sends the last GOAWAY at
 * once if no stream is open, and a request that is on the way is refused.
 */
final class Http2Connections implements Connection.Listener {

	private final Map<HTTP2Connection, Shutdown> open = new ConcurrentHashMap<>();

	@Override
	public void onOpened(Connection connection) {
		if (connection instanceof HTTP2Connection http2) {
			Shutdown shutdown = new Shutdown(http2);
			http2.getSession().addEventListener(shutdown);
			this.open.put(http2, shutdown);
		}
	}

	@Override
	public void onClosed(Connection connection) {
		if (connection instanceof HTTP2Connection http2) {
			this.open.remove(http2);
		}
	}

	boolean contains(@Nullable Connection connection) {
		return connection instanceof HTTP2Connection http2 && this.open.containsKey(http2);
	}

	void goOn() {
		for (Shutdown shutdown : this.open.values()) {
			if (shutdown.hasSaidSettings()) {
				shutdown.goOn();
				shutdown.removeClosedTunnels();
			}
		}
	}

	void closeIdle() {
		this.open.values().forEach(Shutdown::closeIfIdle);
	}

	/**
	 * Tells the streams of a connection that has been closed.
	 */
	void fail(@Nullable Connection connection) {
		if (connection instanceof HTTP2Connection http2) {
			http2.onConnectionFailure(ErrorCode.CANCEL_STREAM_ERROR.code, "The drain timed out");
		}
	}

	private static final class Shutdown extends Http2GracefulShutdown implements HTTP2Session.FrameListener {

		private final HTTP2Connection connection;

		Shutdown(HTTP2Connection connection) {
			this.connection = connection;
		}

		// Nothing is written before. Of an upgraded connection, the listener sees no
		// frame
		// that came with the upgrade.
		boolean hasSaidSettings() {
			return session().getBytesWritten() > 0;
		}

		@Override
		public void onIncomingFrame(Session session, Frame frame) {
			if (frame instanceof PingFrame ping && ping.isReply()) {
				acknowledged(ByteBuffer.wrap(ping.getPayload()).getLong());
			}
		}

		// Not through the session's own state, which would end in its way then.
		@Override
		protected void announce(long ping) {
			session().frames(null, List.of(GoAwayFrame.GRACEFUL), thenPing(ping));
		}

		@Override
		protected boolean hasStreams() {
			return !session().getStreams().stream().allMatch(Shutdown::isClosedTunnel);
		}

		/**
		 * Without this, Jetty would keep a connection whose client says GOAWAY and
		 * closes. Not earlier: each frame that comes for a stream that is gone counts
		 * against the client, and 128 in a second end the connection.
		 */
		void removeClosedTunnels() {
			if (session().isClosed()) {
				session().getStreams().stream().filter(Shutdown::isClosedTunnel).forEach(session()::removeStream);
			}
		}

		// When a WebSocket session is over, Jetty closes its stream but leaves it among
		// those of the connection (issue 15657 of jetty.project).
		private static boolean isClosedTunnel(Stream stream) {
			return stream instanceof HTTP2Stream http2 && http2.getAttachment() instanceof HTTP2StreamEndPoint tunnel
					&& !tunnel.isOpen();
		}

		@Override
		protected void leave(long ping) {
			session().close(ErrorCode.NO_ERROR.code, "close", thenPing(ping));
		}

		// A PING overtakes what has not been written yet.
		private Callback thenPing(long ping) {
			byte[] payload = ByteBuffer.allocate(Long.BYTES).putLong(ping).array();
			return Callback.from(() -> session().ping(new PingFrame(payload, false), Callback.NOOP));
		}

		// Jetty would wait for the client to close.
		@Override
		protected void close() {
			session().close(ErrorCode.NO_ERROR.code, "close",
					Callback.from(() -> this.connection.getEndPoint().close()));
		}

		private HTTP2Session session() {
			return this.connection.getSession();
		}

	}

}
