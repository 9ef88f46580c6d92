package dev.handoff.demo;

import dev.handoff.Handoff;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

/**
 * Which process answers, and how it is.
 */
@Component
class Instance {

	private final @Nullable Handoff handoff;

	private final Environment environment;

	Instance(ObjectProvider<Handoff> handoff, Environment environment) {
		this.handoff = handoff.getIfAvailable();
		this.environment = environment;
	}

	/**
	 * Returns the generation, -1 if this process takes part in no handoff.
	 */
	int generation() {
		return (this.handoff != null) ? this.handoff.generation() : -1;
	}

	String id() {
		return (this.handoff != null) ? this.handoff.instanceId() : "none";
	}

	ProcessStatus status() {
		// Set by Spring Boot when the management server has started.
		Integer managementPort = this.environment.getProperty("local.management.port", Integer.class);
		if (this.handoff == null) {
			return new ProcessStatus(generation(), id(), ProcessHandle.current().pid(), HandoffState.SERVING, 0, null,
					managementPort);
		}
		HandoffStatus status = this.handoff.status();
		return new ProcessStatus(status.generation(), status.instanceId(), status.pid(), status.state(),
				status.connections(), status.successor(), managementPort);
	}

}
