package dev.handoff;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A process that was started as this one's successor. Safe for use by several threads.
 *
 * @param process the process; ending it is the caller's business
 * @param outcome what becomes of it, completed on the thread of the observers: when a
 * handoff to it is complete, or when it has ended without one, or some seconds after a
 * handoff to it has failed if it does not end
 */
public record LaunchedSuccessor(Process process, CompletableFuture<Outcome> outcome) {

	/**
	 * What became of a launched successor. Immutable.
	 *
	 * @param report the handoff to it, {@code null} if there was none
	 * @param exitCode what it ended with, {@code null} if it lives
	 */
	public record Outcome(@Nullable HandoffReport report, @Nullable Integer exitCode) {

		/**
		 * Returns whether it has taken the listeners over.
		 * @return {@code false} if it failed
		 */
		public boolean isCompleted() {
			return this.report != null && this.report.outcome().isCompleted();
		}

		/**
		 * Returns what happened, in words.
		 * @return for example {@code the successor ended before it asked for the sockets,
		 * exit code 1}
		 */
		public String reason() {
			String reason = (this.report != null) ? this.report.reason()
					: "the successor ended before it asked for the listeners";
			return (this.exitCode != null) ? "%s, exit code %d".formatted(reason, this.exitCode) : reason;
		}

	}

}
