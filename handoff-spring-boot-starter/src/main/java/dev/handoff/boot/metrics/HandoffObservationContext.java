package dev.handoff.boot.metrics;

import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Role;
import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a handoff while it is observed. Used by the thread of the handoff's
 * observers.
 */
public final class HandoffObservationContext extends Observation.Context {

	private final Role role;

	private @Nullable HandoffReport report;

	/**
	 * Creates a context.
	 * @param role the part that this process plays
	 */
	public HandoffObservationContext(Role role) {
		this.role = role;
	}

	/**
	 * {@return the part that this process plays}
	 */
	public Role getRole() {
		return this.role;
	}

	/**
	 * Returns what became of the handoff.
	 * @return the report, {@code null} as long as it is not complete
	 */
	public @Nullable HandoffReport getReport() {
		return this.report;
	}

	void setReport(HandoffReport complete) {
		this.report = complete;
	}

}
