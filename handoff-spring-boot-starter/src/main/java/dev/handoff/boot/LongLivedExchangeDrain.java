package dev.handoff.boot;

/**
 * Says what becomes of an event stream, a WebSocket session or a streaming call when this
 * process drains. An application that defines a bean of this type replaces the default,
 * which is to {@linkplain LongLivedExchange#end() end} each.
 * <p>
 * Called once for each exchange, some time within {@code handoff.reconnect-spread} of the
 * drain's start, for streaming calls before its end, on a thread named
 * {@code handoff-exchange-}, several at once. It may send a farewell first, or do nothing
 * and leave the exchange to the client, until the drain times out. What it throws is
 * logged.
 */
@FunctionalInterface
public interface LongLivedExchangeDrain {

	/**
	 * Called when an exchange is to end.
	 * @param exchange the exchange
	 */
	void drain(LongLivedExchange exchange);

}
