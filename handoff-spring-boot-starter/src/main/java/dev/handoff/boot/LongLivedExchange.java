package dev.handoff.boot;

/**
 * An exchange with a client that can be longer than a drain: an {@link EventStream}, a
 * {@link WebSocketExchange} or a call with a stream. Safe for use by several threads.
 */
public interface LongLivedExchange {

	/**
	 * {@return the path of the request that began the exchange, without the query, or the
	 * name of the method that was called}
	 */
	String path();

	/**
	 * Ends the exchange in an orderly way, so that the client connects anew. Does not
	 * wait for the client. No effect once the exchange is over.
	 */
	void end();

}
