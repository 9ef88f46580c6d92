package dev.handoff.boot.metrics;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Role;
import dev.handoff.HandoffState;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;

/**
 * Makes an observation, and so a span, of each handoff in each of its two processes: in
 * the predecessor from the offer to its last connection, in the successor from the moment
 * that the application can observe to the end of the predecessor. The states on the way
 * are its events. Used by the thread of the handoff's observers.
 */
public final class HandoffObservations implements HandoffObserver {

	private final ObservationRegistry registry;

	private final HandoffObservationConvention convention;

	private final Map<Role, Observation> running = new EnumMap<>(Role.class);

	/**
	 * Creates observations.
	 * @param registry the registry
	 * @param convention names them
	 */
	public HandoffObservations(ObservationRegistry registry, HandoffObservationConvention convention) {
		this.registry = registry;
		this.convention = convention;
	}

	/**
	 * Begins to observe the handoff by which this process got its sockets. To be called
	 * before this is added to the handoff, if a handoff is under way.
	 */
	public void startAsSuccessor() {
		start(Role.SUCCESSOR);
	}

	@Override
	public void stateChanged(StateChange change) {
		if (change.to() == HandoffState.OFFERING) {
			start(Role.PREDECESSOR);
		}
		String state = change.to().name().toLowerCase(Locale.ROOT);
		this.running.values().forEach((observation) -> observation.event(Observation.Event.of(state)));
	}

	private void start(Role role) {
		HandoffObservationContext context = new HandoffObservationContext(role);
		this.running.put(role, Observation.createNotStarted(this.convention, () -> context, this.registry).start());
	}

	@Override
	public void handoffReported(HandoffReport report) {
		Observation observation = this.running.get(report.role());
		if (report.outcome() == HandoffReport.Outcome.REFUSED || observation == null) {
			return;
		}
		this.running.remove(report.role());
		if (observation.getContext() instanceof HandoffObservationContext context) {
			context.setReport(report);
		}
		if (!report.outcome().isCompleted()) {
			observation.error(new HandoffFailure(report));
		}
		observation.stop();
	}

	/**
	 * Says in a span what went wrong; nobody throws it.
	 */
	private static final class HandoffFailure extends RuntimeException {

		private static final long serialVersionUID = 1L;

		HandoffFailure(HandoffReport report) {
			super("%s: %s".formatted(report.outcome(), report.reason()), null, false, false);
		}

	}

}
