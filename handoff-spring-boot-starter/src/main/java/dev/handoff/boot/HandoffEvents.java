package dev.handoff.boot;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;

/**
 * Publishes the handoff's changes of state to the application: as
 * {@link HandoffStateChangedEvent}, and as {@link ReadinessState}, which is refused from
 * the release on and accepted again after a reclaim.
 */
public final class HandoffEvents implements HandoffObserver {

	private final ApplicationContext context;

	private HandoffEvents(ApplicationContext context) {
		this.context = context;
	}

	/**
	 * Begins to publish.
	 * @param handoff the handoff
	 * @param context the context to publish to
	 * @return the publisher, a bean of that context
	 */
	public static HandoffEvents of(Handoff handoff, ApplicationContext context) {
		HandoffEvents events = new HandoffEvents(context);
		handoff.addObserver(events);
		return events;
	}

	@Override
	public void stateChanged(StateChange change) {
		this.context.publishEvent(new HandoffStateChangedEvent(change));
		switch (change.to()) {
			case OBSERVING, DRAINING -> publish(ReadinessState.REFUSING_TRAFFIC);
			case SERVING -> {
				switch (change.from()) {
					// A reclaim. Whoever starts is told by Spring Boot.
					case OBSERVING, DRAINING -> publish(ReadinessState.ACCEPTING_TRAFFIC);
					default -> {
					}
				}
			}
			default -> {
			}
		}
	}

	private void publish(ReadinessState state) {
		AvailabilityChangeEvent.publish(this.context, this, state);
	}

}
