package dev.handoff.boot.actuate;

import dev.handoff.Handoff;
import dev.handoff.HandoffState;

import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/**
 * Says which process answers, because two can share a port for a while, and, if that is
 * wanted, that it is out of service when the other one serves.
 */
public final class HandoffHealthIndicator extends AbstractHealthIndicator {

	private final Handoff handoff;

	private final boolean readyOnlyWhileServing;

	/**
	 * Creates an indicator.
	 * @param handoff the process's handoff
	 * @param readyOnlyWhileServing whether the process is out of service while another
	 * one serves in its place
	 */
	public HandoffHealthIndicator(Handoff handoff, boolean readyOnlyWhileServing) {
		super("Handoff health check failed");
		this.handoff = handoff;
		this.readyOnlyWhileServing = readyOnlyWhileServing;
	}

	@Override
	protected void doHealthCheck(Health.Builder builder) {
		HandoffState state = this.handoff.state();
		switch (state) {
			case STARTING, SERVING, OFFERING -> builder.up();
			case STANDBY, OBSERVING, DRAINING, TERMINATED -> {
				if (this.readyOnlyWhileServing || !this.handoff.isServedByAnother()) {
					builder.outOfService();
				}
				else {
					builder.up();
				}
			}
		}
		builder.withDetail("state", state)
			.withDetail("generation", this.handoff.generation())
			.withDetail("instanceId", this.handoff.instanceId())
			.withDetail("pid", ProcessHandle.current().pid());
		// It serves all the same, so it is no reason to take it out of service.
		this.handoff.failure().ifPresent((failure) -> builder.withDetail("failure", failure));
	}

}
