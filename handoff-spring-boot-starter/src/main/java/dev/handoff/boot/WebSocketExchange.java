package dev.handoff.boot;

/**
 * A WebSocket session (RFC 6455).
 */
public interface WebSocketExchange extends LongLivedExchange {

	/**
	 * The close code that asks the client to come back: Service Restart (the WebSocket
	 * Close Code Number Registry of RFC 6455, section 11.7).
	 */
	int SERVICE_RESTART = 1012;

	/**
	 * Begins the closing handshake (RFC 6455, section 7.1.2). Does not wait for the
	 * client. No effect if the session is closing already.
	 * @param code the close code
	 * @param reason the reason, at most 123 bytes of UTF-8
	 */
	void close(int code, String reason);

	/**
	 * Closes the session with {@link #SERVICE_RESTART}.
	 */
	@Override
	default void end() {
		close(SERVICE_RESTART, "Service Restart");
	}

}
