package dev.handoff.boot.actuate;

import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import dev.handoff.CommandResult;
import dev.handoff.Handoff;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.health.actuate.endpoint.CompositeHealthDescriptor;
import org.springframework.boot.health.actuate.endpoint.HealthDescriptor;
import org.springframework.boot.health.contributor.Status;

/**
 * Makes a successor give back what it received when its health turns DOWN within the
 * observation window. A check that hangs is no reason, and delays the next one. Safe for
 * use by several threads.
 */
public final class HealthReclaim implements HandoffObserver, DisposableBean {

	private static final Logger logger = LoggerFactory.getLogger(HealthReclaim.class);

	private static final long INTERVAL_MILLIS = 500;

	private final Handoff handoff;

	private final Supplier<HealthDescriptor> health;

	private final ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor((task) -> {
		Thread thread = new Thread(task, "handoff-health");
		thread.setDaemon(true);
		return thread;
	});

	private @Nullable Future<?> checks;

	/**
	 * Creates an observer, to be added to the handoff.
	 * @param handoff the process's handoff
	 * @param health the health of the application
	 */
	public HealthReclaim(Handoff handoff, Supplier<HealthDescriptor> health) {
		this.handoff = handoff;
		this.health = health;
	}

	@Override
	public synchronized void stateChanged(StateChange change) {
		if (change.to() == HandoffState.SERVING && isInWindow()) {
			this.checks = this.executor.scheduleWithFixedDelay(this::check, 0, INTERVAL_MILLIS, TimeUnit.MILLISECONDS);
		}
		else {
			end();
		}
	}

	// As a successor: a predecessor in its window does not serve.
	private boolean isInWindow() {
		return this.handoff.state() == HandoffState.SERVING && this.handoff.status().currentHandoff() != null;
	}

	private void check() {
		if (!isInWindow()) {
			end();
			return;
		}
		try {
			HealthDescriptor descriptor = this.health.get();
			if (Status.DOWN.equals(descriptor.getStatus())) {
				reclaim(descriptor);
			}
		}
		catch (Throwable ex) {
			logger.warn("The health of this process could not be found out", ex);
		}
	}

	private void reclaim(HealthDescriptor descriptor) {
		logger.warn("Health is DOWN ({}), the predecessor is asked to serve again", components(descriptor));
		CommandResult result = this.handoff.request(HandoffCommand.RECLAIM).join();
		if (!result.isApplied()) {
			logger.warn("The predecessor does not serve again: {}", result.detail());
		}
		end();
	}

	private static List<String> components(HealthDescriptor descriptor) {
		Map<String, HealthDescriptor> components = (descriptor instanceof CompositeHealthDescriptor composite)
				? composite.getComponents() : null;
		return (components == null) ? List.of()
				: components.entrySet()
					.stream()
					.filter((component) -> Status.DOWN.equals(component.getValue().getStatus()))
					.map(Map.Entry::getKey)
					.toList();
	}

	private synchronized void end() {
		if (this.checks != null) {
			this.checks.cancel(false);
			this.checks = null;
		}
	}

	@Override
	public void destroy() {
		this.executor.shutdownNow();
	}

}
