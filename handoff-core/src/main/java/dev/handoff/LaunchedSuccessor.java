package dev.handoff;

import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;

/**
 * A process that was started as this one's successor. Safe for use by several threads.
 *
 * @param process the process, which may also be a script that starts the successor
 * @param outcome what becomes of it, completed on the thread of the observers: when a
 * handoff to it is complete, or when it has ended without one. It is killed if it has not
 * asked for the listeners within the ready timeout, and some seconds after a handoff to
 * it has failed before the release if it does not end
 */
public record LaunchedSuccessor(Process process, CompletableFuture<Outcome> outcome) {

	/**
	 * What became of a launched successor. Immutable.
	 *
	 * @param report the handoff to it, {@code null} if there was none
	 * @param exitCode what it ended with, {@code null} if it lives or was killed
	 * @param killed whether this process has killed it, because it did not do its part in
	 * time
	 */
	public record Outcome(@Nullable HandoffReport report, @Nullable Integer exitCode, boolean killed) {

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
			if (this.report == null) {
				return this.killed
						? "the successor did not ask for the listeners in time (ready-timeout) and was killed"
						: withExitCode("the successor ended before it asked for the listeners");
			}
			return this.killed ? this.report.reason() + "; it did not exit and was killed"
					: withExitCode(this.report.reason());
		}

		private String withExitCode(String reason) {
			return (this.exitCode != null) ? "%s, exit code %d".formatted(reason, this.exitCode) : reason;
		}

	}

}
