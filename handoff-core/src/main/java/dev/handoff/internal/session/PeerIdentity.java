package dev.handoff.internal.session;

/**
 * Who a peer says that it is.
 *
 * @param pid its process id in its own pid namespace, 0 if it has not said
 * @param instanceId its instance id, empty if it has not said
 */
record PeerIdentity(long pid, String instanceId) {

	static final PeerIdentity UNKNOWN = new PeerIdentity(0, "");

}
