package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.WebSocketExchange;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.websocket.CloseReason;
import jakarta.websocket.Session;
import org.apache.tomcat.websocket.WsSession;
import org.apache.tomcat.websocket.server.WsHttpUpgradeHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.util.ReflectionUtils;

/**
 * Registers the WebSocket sessions of a connector once it drains: Tomcat does not say
 * when one begins. For use by one thread.
 */
final class TomcatWebSockets {

	private static final Logger logger = LoggerFactory.getLogger(TomcatWebSockets.class);

	// An upgrade handler knows its session, but does not say.
	private static final @Nullable Field SESSION = ReflectionUtils.findField(WsHttpUpgradeHandler.class, null,
			WsSession.class);

	static {
		if (SESSION != null) {
			ReflectionUtils.makeAccessible(SESSION);
		}
		else {
			logger.warn(
					"This version of Tomcat hides its WebSocket sessions: they are not closed before the drain times out");
		}
	}

	private final Map<HttpUpgradeHandler, LongLivedExchanges.Registration> registrations = new HashMap<>();

	private final LongLivedExchanges exchanges;

	TomcatWebSockets(LongLivedExchanges exchanges) {
		this.exchanges = exchanges;
	}

	/**
	 * Registers the sessions that are new, and removes those that have ended.
	 * @param connections the open connections
	 */
	void update(Iterable<TomcatConnection> connections) {
		Set<HttpUpgradeHandler> ended = new HashSet<>(this.registrations.keySet());
		for (TomcatConnection connection : connections) {
			HttpUpgradeHandler handler = connection.webSocket();
			if (handler != null) {
				ended.remove(handler);
				Session session = session(handler);
				if (session != null && session.isOpen()) {
					this.registrations.computeIfAbsent(handler,
							(unknown) -> this.exchanges.register(new Exchange(session)));
				}
			}
		}
		for (HttpUpgradeHandler handler : ended) {
			LongLivedExchanges.Registration registration = this.registrations.remove(handler);
			if (registration != null) {
				registration.close();
			}
		}
	}

	private static @Nullable Session session(HttpUpgradeHandler handler) {
		return (SESSION != null) ? (Session) ReflectionUtils.getField(SESSION, handler) : null;
	}

	private record Exchange(Session session) implements WebSocketExchange {

		@Override
		public String path() {
			return this.session.getRequestURI().getPath();
		}

		@Override
		public void close(int code, String reason) {
			try {
				this.session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(code), reason));
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
