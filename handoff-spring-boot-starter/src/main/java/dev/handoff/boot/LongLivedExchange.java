package dev.handoff.boot;

/**
 * An exchange with a client that does not end by itself: an {@link EventStream} or a
 * {@link WebSocketExchange}. Safe for use by several threads.
 */
public interface LongLivedExchange {

	/**
	 * {@return the path of the request that began the exchange, without the query}
	 */
	String path();

	/**
	 * Ends the exchange in an orderly way, so that the client connects anew. Does not
	 * wait for the client. No effect once the exchange is over.
	 */
	void end();

}
