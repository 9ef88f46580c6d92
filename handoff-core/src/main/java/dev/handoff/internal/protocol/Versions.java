package dev.handoff.internal.protocol;

import java.util.OptionalInt;

/**
 * The protocol versions that this library speaks.
 */
public final class Versions {

	/**
	 * The lowest version spoken.
	 */
	public static final int LOWEST = 1;

	/**
	 * The highest version spoken.
	 */
	public static final int HIGHEST = 1;

	private Versions() {
	}

	/**
	 * Chooses the version to speak with a peer: the highest that both know.
	 * @param lowest the lowest version that the peer speaks
	 * @param highest the highest version that the peer speaks
	 * @return the version, empty if there is no common one
	 */
	public static OptionalInt negotiate(int lowest, int highest) {
		return negotiate(lowest, highest, LOWEST, HIGHEST);
	}

	static OptionalInt negotiate(int lowest, int highest, int ownLowest, int ownHighest) {
		int version = Math.min(highest, ownHighest);
		return (version >= lowest && version >= ownLowest) ? OptionalInt.of(version) : OptionalInt.empty();
	}

}
