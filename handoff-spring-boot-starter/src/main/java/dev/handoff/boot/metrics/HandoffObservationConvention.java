package dev.handoff.boot.metrics;

import java.util.Locale;

import dev.handoff.HandoffReport;
import io.micrometer.common.KeyValue;
import io.micrometer.common.KeyValues;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationConvention;

/**
 * Names the observation of a handoff and its key values. A bean of a subclass replaces
 * it. Stateless.
 */
public class HandoffObservationConvention implements ObservationConvention<HandoffObservationContext> {

	@Override
	public boolean supportsContext(Observation.Context context) {
		return context instanceof HandoffObservationContext;
	}

	@Override
	public String getName() {
		return "handoff.attempt";
	}

	@Override
	public String getContextualName(HandoffObservationContext context) {
		return "handoff " + text(context.getRole());
	}

	/**
	 * Returns the role and the outcome, which is {@code none} before there is one.
	 */
	@Override
	public KeyValues getLowCardinalityKeyValues(HandoffObservationContext context) {
		HandoffReport report = context.getReport();
		return KeyValues.of(KeyValue.of("role", text(context.getRole())),
				KeyValue.of("outcome", (report != null) ? text(report.outcome()) : KeyValue.NONE_VALUE));
	}

	/**
	 * Returns the handoff's id, the successor's generation, the other process and the
	 * reason, once they are known.
	 */
	@Override
	public KeyValues getHighCardinalityKeyValues(HandoffObservationContext context) {
		HandoffReport report = context.getReport();
		if (report == null) {
			return KeyValues.empty();
		}
		return KeyValues.of(KeyValue.of("handoff.id", report.id()),
				KeyValue.of("handoff.generation", Integer.toString(report.generation())),
				KeyValue.of("peer.instance.id", report.peerInstanceId()),
				KeyValue.of("peer.pid", Long.toString(report.peerPid())),
				KeyValue.of("reason", report.reason().isEmpty() ? KeyValue.NONE_VALUE : report.reason()));
	}

	private static String text(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
