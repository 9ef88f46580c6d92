package dev.handoff.internal.control;

/**
 * Who a peer says that it is.
 *
 * @param pid its process id in its own pid namespace, 0 if it has not said
 * @param instanceId its instance id, empty if it has not said
 * @param version its application's version, empty if it has not said
 */
public record PeerIdentity(long pid, String instanceId, String version) {

	public static final PeerIdentity UNKNOWN = new PeerIdentity(0, "", "");

}
