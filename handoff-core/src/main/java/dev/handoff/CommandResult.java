package dev.handoff;

import org.jspecify.annotations.Nullable;

/**
 * What became of an operator's command. Immutable.
 *
 * @param verdict whether it was carried out
 * @param detail the same in words
 * @param handoff the id of the handoff that it was about, {@code null} if there was none
 */
public record CommandResult(Verdict verdict, String detail, @Nullable String handoff) {

	/**
	 * Returns whether the command was carried out.
	 * @return {@code true} for {@link Verdict#APPLIED}
	 */
	public boolean isApplied() {
		return this.verdict == Verdict.APPLIED;
	}

	/**
	 * Whether a command was carried out and why not, with stable codes.
	 */
	public enum Verdict {

		/**
		 * Carried out.
		 */
		APPLIED(1),

		/**
		 * No handoff is under way.
		 */
		NO_HANDOFF(2),

		/**
		 * The handoff has not come that far.
		 */
		TOO_EARLY(3),

		/**
		 * The handoff has gone too far.
		 */
		TOO_LATE(4),

		/**
		 * The predecessor was asked and did not answer; this process serves on.
		 */
		NO_ANSWER(5),

		/**
		 * Nobody said how a successor is started.
		 */
		NOT_CONFIGURED(6),

		/**
		 * Something else is under way.
		 */
		BUSY(7),

		/**
		 * It was tried and failed.
		 */
		FAILED(8);

		private final int code;

		Verdict(int code) {
			this.code = code;
		}

		/**
		 * {@return the stable numeric code}
		 */
		public int code() {
			return this.code;
		}

	}

}
