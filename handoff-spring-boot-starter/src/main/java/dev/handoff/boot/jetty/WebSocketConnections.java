package dev.handoff.boot.jetty;

import java.lang.reflect.Field;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.WebSocketExchange;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.WebSocketConnection;
import org.eclipse.jetty.websocket.core.WebSocketCoreSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * Registers the WebSocket sessions of a connector, whichever API the application uses.
 */
final class WebSocketConnections implements Connection.Listener {

	private static final Logger logger = LoggerFactory.getLogger(WebSocketConnections.class);

	// Both of Jetty's APIs, jakarta.websocket and Jetty's own, hide their sessions; a
	// connection knows which one it serves, but does not say.
	private static final SessionField SESSION = new SessionField();

	private final Map<Connection, LongLivedExchanges.Registration> registrations = new ConcurrentHashMap<>();

	private final LongLivedExchanges exchanges;

	WebSocketConnections(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	@Override
	public void onOpened(Connection connection) {
		if (connection instanceof WebSocketConnection
				&& SESSION.get(connection) instanceof WebSocketCoreSession session) {
			this.registrations.put(connection, this.exchanges.register(new Session(session)));
		}
	}

	@Override
	public void onClosed(Connection connection) {
		LongLivedExchanges.Registration registration = this.registrations.remove(connection);
		if (registration != null) {
			registration.close();
		}
	}

	/**
	 * The field of a connection that holds its session, found by its type.
	 */
	private static final class SessionField {

		private final @Nullable Field field = ReflectionUtils.findField(WebSocketConnection.class, null,
				WebSocketCoreSession.class);

		SessionField() {
			if (this.field == null) {
				logger.warn(
						"This version of Jetty hides its WebSocket sessions: they are not closed before the drain times out");
				return;
			}
			ReflectionUtils.makeAccessible(this.field);
		}

		@Nullable Object get(Connection connection) {
			return (this.field != null) ? ReflectionUtils.getField(this.field, connection) : null;
		}

	}

	private record Session(WebSocketCoreSession session) implements WebSocketExchange {

		@Override
		public String path() {
			return this.session.getRequestURI().getPath();
		}

		@Override
		public void close(int code, String reason) {
			this.session.close(code, reason, Callback.NOOP);
		}

	}

}
