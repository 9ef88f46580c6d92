package dev.handoff.boot;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationListener;
import org.springframework.context.PayloadApplicationEvent;
import org.springframework.context.support.GenericApplicationContext;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the application is told.
 */
class HandoffEventsTests {

	private final GenericApplicationContext context = new GenericApplicationContext();

	private final List<Object> published = new CopyOnWriteArrayList<>();

	@TempDir
	Path directory;

	private Handoff handoff;

	private HandoffEvents events;

	@BeforeEach
	void start() {
		this.context.addApplicationListener(
				(ApplicationListener<PayloadApplicationEvent<?>>) (event) -> this.published.add(event.getPayload()));
		this.context.refresh();
		this.handoff = Handoff.start(
				HandoffOptions.forApplication("events").controlSocket(this.directory.resolve("control.sock")).build());
		this.events = HandoffEvents.of(this.handoff, this.context, true);
	}

	@AfterEach
	void close() {
		this.handoff.close();
		this.context.close();
	}

	@Test
	void readinessIsRefusedFromTheReleaseOn() {
		StateChange release = change(HandoffState.OFFERING, HandoffState.OBSERVING);
		this.events.stateChanged(release);
		assertThat(this.published).containsExactly(new HandoffStateChangedEvent(release),
				ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void aProcessThatNobodyReplacesRefusesInAnyCase() {
		StateChange leaving = change(HandoffState.SERVING, HandoffState.DRAINING);
		HandoffEvents.of(this.handoff, this.context, false).stateChanged(leaving);
		assertThat(this.published).containsExactly(new HandoffStateChangedEvent(leaving),
				ReadinessState.REFUSING_TRAFFIC);
	}

	@Test
	void readinessIsAcceptedAgainAfterAReclaim() {
		StateChange reclaim = change(HandoffState.OBSERVING, HandoffState.SERVING);
		this.events.stateChanged(reclaim);
		assertThat(this.published).containsExactly(new HandoffStateChangedEvent(reclaim),
				ReadinessState.ACCEPTING_TRAFFIC);
	}

	@Test
	void whoeverStartsIsNotDeclaredReadyByTheHandoff() {
		StateChange serving = change(HandoffState.STANDBY, HandoffState.SERVING);
		this.events.stateChanged(serving);
		assertThat(this.published).containsExactly(new HandoffStateChangedEvent(serving));
	}

	@Test
	void changesOfTheRealHandoffArePublished() {
		this.handoff.ready();
		this.handoff.close();
		// On the observers' thread.
		Awaitility.await()
			.untilAsserted(() -> assertThat(this.published).filteredOn(HandoffStateChangedEvent.class::isInstance)
				.map((event) -> ((HandoffStateChangedEvent) event).change().to())
				.containsExactly(HandoffState.SERVING, HandoffState.DRAINING, HandoffState.TERMINATED));
	}

	private static StateChange change(HandoffState from, HandoffState to) {
		return new StateChange(from, to, 1, "test");
	}

}
