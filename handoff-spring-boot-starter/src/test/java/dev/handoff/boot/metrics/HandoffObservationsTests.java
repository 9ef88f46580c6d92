package dev.handoff.boot.metrics;

import java.time.Instant;
import java.util.Map;

import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffReport.Outcome;
import dev.handoff.HandoffReport.Role;
import dev.handoff.HandoffState;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import org.junit.jupiter.api.Test;

/**
 * Tests of {@link HandoffObservations}.
 */
class HandoffObservationsTests {

	private final TestObservationRegistry registry = TestObservationRegistry.create();

	private final HandoffObservations observations = new HandoffObservations(this.registry,
			new HandoffObservationConvention());

	@Test
	void predecessorsHandoffIsObservedFromTheOfferToItsReport() {
		change(HandoffState.SERVING, HandoffState.OFFERING);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasNameEqualTo("handoff.attempt")
			.hasBeenStarted()
			.isNotStopped()
			.hasLowCardinalityKeyValue("outcome", "none");
		change(HandoffState.OFFERING, HandoffState.OBSERVING);
		change(HandoffState.OBSERVING, HandoffState.DRAINING);
		this.observations.handoffReported(report(Role.PREDECESSOR, Outcome.COMPLETED, ""));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasBeenStopped()
			.hasContextualNameEqualTo("handoff predecessor")
			.hasLowCardinalityKeyValue("role", "predecessor")
			.hasLowCardinalityKeyValue("outcome", "completed")
			.hasHighCardinalityKeyValue("handoff.id", "1-2")
			.hasHighCardinalityKeyValue("handoff.generation", "3")
			.hasHighCardinalityKeyValue("peer.pid", "4711")
			.hasEvent("offering")
			.hasEvent("observing")
			.hasEvent("draining")
			.doesNotHaveError();
	}

	@Test
	void failureIsTheObservationsError() {
		change(HandoffState.SERVING, HandoffState.OFFERING);
		this.observations.handoffReported(report(Role.PREDECESSOR, Outcome.PEER_DIED, "gone"));
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasSingleObservationThat()
			.hasBeenStopped()
			.hasLowCardinalityKeyValue("outcome", "peer-died")
			.hasHighCardinalityKeyValue("reason", "gone")
			.thenError()
			.hasMessage("PEER_DIED: gone");
	}

	@Test
	void successorsHandoffGoesOnWhileItHasASuccessorItself() {
		this.observations.startAsSuccessor();
		change(HandoffState.SERVING, HandoffState.OFFERING);
		this.observations.handoffReported(report(Role.SUCCESSOR, Outcome.COMPLETED, ""));
		TestObservationRegistryAssert.assertThat(this.registry).hasNumberOfObservationsEqualTo(2);
		TestObservationRegistryAssert.assertThat(this.registry)
			.hasAnObservation((observation) -> observation.hasLowCardinalityKeyValue("role", "successor")
				.hasLowCardinalityKeyValue("outcome", "completed"))
			.hasAnObservation((observation) -> observation.hasLowCardinalityKeyValue("role", "predecessor")
				.hasLowCardinalityKeyValue("outcome", "none"));
	}

	@Test
	void refusedDiallerIsNoHandoff() {
		change(HandoffState.SERVING, HandoffState.OFFERING);
		this.observations.handoffReported(report(Role.PREDECESSOR, Outcome.REFUSED, "busy"));
		TestObservationRegistryAssert.assertThat(this.registry).hasSingleObservationThat().isNotStopped();
	}

	private void change(HandoffState from, HandoffState to) {
		this.observations.stateChanged(new StateChange(from, to, 0, ""));
	}

	private static HandoffReport report(Role role, Outcome outcome, String reason) {
		return new HandoffReport("1-2", role, 4711, "peer", "1", "2", 3, Instant.EPOCH, Map.of(), 2, null, outcome,
				reason, Map.of());
	}

}
