package dev.handoff;

import java.io.Serial;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * The process behind the control socket runs as a user that is not trusted (unix(7),
 * SO_PEERCRED), so nothing it sends is believed.
 */
public final class PeerNotAllowedException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final long uid;

	private final TreeSet<Long> allowedUids;

	/**
	 * Creates an exception for one peer.
	 * @param controlSocket the control socket
	 * @param uid the peer's user id, or -1 if the kernel did not say
	 * @param allowedUids the user ids that are trusted
	 */
	public PeerNotAllowedException(Path controlSocket, long uid, Set<Long> allowedUids) {
		super("The process behind control socket '%s' runs as uid %d, allowed are %s".formatted(controlSocket, uid,
				new TreeSet<>(allowedUids)), null);
		this.uid = uid;
		this.allowedUids = new TreeSet<>(allowedUids);
	}

	/**
	 * Returns the peer's user id.
	 * @return the user id, or -1 if the kernel did not say
	 */
	public long getUid() {
		return this.uid;
	}

	/**
	 * {@return the user ids that are trusted}
	 */
	public Set<Long> getAllowedUids() {
		return Set.copyOf(this.allowedUids);
	}

}
