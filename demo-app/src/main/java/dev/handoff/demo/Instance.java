package dev.handoff.demo;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/**
 * Which process answers.
 */
@Component
class Instance {

	private final @Nullable Handoff handoff;

	Instance(ObjectProvider<Handoff> handoff) {
		this.handoff = handoff.getIfAvailable();
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

	void addObserver(HandoffObserver observer) {
		if (this.handoff != null) {
			this.handoff.addObserver(observer);
		}
	}

}
