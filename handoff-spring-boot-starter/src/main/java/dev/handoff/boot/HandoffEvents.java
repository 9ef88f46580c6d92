package dev.handoff.boot;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;

import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;

/**
 * Publishes the handoff's changes of state to the application: as
 * {@link HandoffStateChangedEvent}, and as {@link ReadinessState}, which is refused from
 * the release on, if that is wanted, and accepted again after a reclaim.
 */
public final class HandoffEvents implements HandoffObserver {

	private final Handoff handoff;

	private final ApplicationContext context;

	private final boolean readyOnlyWhileServing;

	private HandoffEvents(Handoff handoff, ApplicationContext context, boolean readyOnlyWhileServing) {
		this.handoff = handoff;
		this.context = context;
		this.readyOnlyWhileServing = readyOnlyWhileServing;
	}

	/**
	 * Begins to publish.
	 * @param handoff the handoff
	 * @param context the context to publish to
	 * @param readyOnlyWhileServing whether readiness is refused while another process
	 * serves in place of this one
	 * @return the publisher, a bean of that context
	 */
	public static HandoffEvents of(Handoff handoff, ApplicationContext context, boolean readyOnlyWhileServing) {
		HandoffEvents events = new HandoffEvents(handoff, context, readyOnlyWhileServing);
		handoff.addObserver(events);
		return events;
	}

	@Override
	public void stateChanged(StateChange change) {
		this.context.publishEvent(new HandoffStateChangedEvent(change));
		switch (change.to()) {
			case OBSERVING, DRAINING -> {
				if (this.readyOnlyWhileServing || !this.handoff.isServedByAnother()) {
					publish(ReadinessState.REFUSING_TRAFFIC);
				}
			}
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
