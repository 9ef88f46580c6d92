package dev.handoff.boot.sample;

import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import dev.handoff.HandoffState;
import dev.handoff.boot.HandoffStateChangedEvent;

import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Keeps the observers' thread, from the first event on, until a handoff is decided.
 */
@Component
@ConditionalOnProperty("sample.slow-listener")
class SlowListener {

	private final Handoff handoff;

	SlowListener(Handoff handoff) {
		this.handoff = handoff;
	}

	@EventListener
	void stateChanged(HandoffStateChangedEvent event) throws InterruptedException {
		if (event.change().to() == HandoffState.SERVING) {
			for (int i = 0; i < 6000 && this.handoff.status().history().isEmpty(); i++) {
				TimeUnit.MILLISECONDS.sleep(10);
			}
		}
	}

}
