package dev.handoff.internal.protocol;

import java.util.OptionalInt;

/**
 * The protocol versions that this library speaks.
 */
public final class Versions {

	/**
	 * The lowest version.
	 */
	public static final int LOWEST = 1;

	/**
	 * The highest version.
	 */
	public static final int HIGHEST = 1;

	private Versions() {
	}

	/**
	 * Returns the highest version that a peer speaks as well.
	 * @param lowest the peer's lowest version
	 * @param highest the peer's highest version
	 * @return the version, empty if there is none in common
	 */
	public static OptionalInt negotiate(int lowest, int highest) {
		int common = Math.min(highest, HIGHEST);
		return (common >= Math.max(lowest, LOWEST)) ? OptionalInt.of(common) : OptionalInt.empty();
	}

}
