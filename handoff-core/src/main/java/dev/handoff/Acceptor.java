package dev.handoff;

/**
 * A server that accepts connections with an event loop of its own, on a duplicate of a
 * {@link Listener}'s socket, and obeys the listener's accept gate.
 *
 * @see Listener#acceptWith(Acceptor)
 */
public interface Acceptor {

	/**
	 * Looks at the accept gate again: accepts from now on if and only if
	 * {@link Listener#isAccepting()}. When the gate is closed, this returns only when
	 * nothing more is accepted; everything that was is counted by then. Called on any
	 * thread, one call at a time is not guaranteed, so the gate is to be read where it
	 * takes effect, in the event loop. A gate that cannot be closed must not be taken for
	 * closed: then this throws.
	 */
	void gateChanged();

	/**
	 * Returns how many connections were accepted. Called on any thread.
	 * @return the count
	 */
	long acceptedCount();

	/**
	 * Closes all duplicates of the socket, because this process gives it up; returns when
	 * they are closed. Called on any thread, perhaps more than once.
	 */
	void close();

}
