package dev.handoff.internal.report;

import dev.handoff.HandoffReport;

/**
 * Is told of reports, on the session's thread.
 */
public interface ReportListener {

	/**
	 * The outcome is decided; the drain may still run.
	 */
	void decided(HandoffReport report);

	/**
	 * Nothing will be added to the report any more.
	 */
	default void completed(HandoffReport report) {
	}

}
