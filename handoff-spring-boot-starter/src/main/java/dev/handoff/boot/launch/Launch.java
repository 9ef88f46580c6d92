package dev.handoff.boot.launch;

import java.util.List;

import dev.handoff.HandoffReport;
import org.jspecify.annotations.Nullable;

/**
 * A successor that this process has started, and what became of it so far. Immutable.
 *
 * @param id the launch's id
 * @param state how far it is
 * @param pid the successor's process id, 0 if it could not be started
 * @param exitCode its exit code, if it has ended
 * @param output if it has failed, the last lines of the file that its output goes to, or
 * if that is none, what the application or the JVM has said; empty if that is not known
 * @param reason why it failed, empty if it did not
 * @param handoff the report of its handoff, if there was one
 */
public record Launch(String id, State state, long pid, @Nullable Integer exitCode, List<String> output, String reason,
		@Nullable HandoffReport handoff) {

	public Launch {
		output = List.copyOf(output);
	}

	/**
	 * Returns the same without the output, for those who may not see it.
	 * @return the launch
	 */
	public Launch withoutOutput() {
		return new Launch(this.id, this.state, this.pid, this.exitCode, List.of(), this.reason, this.handoff);
	}

	/**
	 * States of a launch.
	 */
	public enum State {

		/**
		 * The successor starts, or its handoff is under way.
		 */
		RUNNING,

		/**
		 * The successor serves and this process does not any more.
		 */
		COMPLETED,

		/**
		 * This process goes on serving.
		 */
		FAILED

	}

}
