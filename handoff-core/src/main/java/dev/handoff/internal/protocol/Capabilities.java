package dev.handoff.internal.protocol;

/**
 * Optional features of the protocol, a bit each: a successor tells which ones it has, the
 * predecessor which ones both have. What needs one that the peer lacks is left out.
 */
public final class Capabilities {

	/**
	 * Files and pipes can be offered.
	 */
	public static final long FILES = 1;

	/**
	 * What this library has.
	 */
	public static final long OWN = FILES;

	private Capabilities() {
	}

}
