package dev.handoff.boot.actuate;

import java.util.Map;

import dev.handoff.Handoff;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.actuate.info.InfoContributor;

/**
 * Says which process answers.
 */
public final class HandoffInfoContributor implements InfoContributor {

	private final Handoff handoff;

	/**
	 * Creates a contributor.
	 * @param handoff the process's handoff
	 */
	public HandoffInfoContributor(Handoff handoff) {
		this.handoff = handoff;
	}

	@Override
	public void contribute(Info.Builder builder) {
		builder.withDetail("handoff", Map.of("state", this.handoff.state(), "generation", this.handoff.generation(),
				"instanceId", this.handoff.instanceId(), "pid", ProcessHandle.current().pid()));
	}

}
