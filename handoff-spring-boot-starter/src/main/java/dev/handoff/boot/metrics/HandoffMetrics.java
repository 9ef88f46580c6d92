package dev.handoff.boot.metrics;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.Listener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.MeterBinder;

/**
 * Meters of the handoff, in both roles. A process that has handed over counts on its own:
 * each generation's meters begin at zero. Safe for use by several threads.
 */
public final class HandoffMetrics implements MeterBinder, HandoffObserver {

	private static final String ROLE = "role";

	private final Supplier<HandoffStatus> status;

	private final Supplier<List<Listener>> listeners;

	// With the listeners that have a meter there: a second one would be warned of.
	private final Map<MeterRegistry, Set<String>> registries = new ConcurrentHashMap<>();

	/**
	 * Creates meters.
	 * @param status the handoff's status
	 * @param listeners the process's listeners
	 */
	public HandoffMetrics(Supplier<HandoffStatus> status, Supplier<List<Listener>> listeners) {
		this.status = status;
		this.listeners = listeners;
	}

	@Override
	public void bindTo(MeterRegistry registry) {
		Set<String> bound = this.registries.computeIfAbsent(registry, (added) -> ConcurrentHashMap.newKeySet());
		// Given as an object, what a gauge reads would be held weakly: NaN once it is
		// gone.
		Gauge.builder("handoff.generation", () -> this.status.get().generation())
			.description("Number of handoffs between the first bind and this process")
			.register(registry);
		Gauge.builder("handoff.failed", () -> (this.status.get().failure() != null) ? 1 : 0)
			.description("1 if this process takes part in no handoff any more because of a failure of the library")
			.register(registry);
		Gauge.builder("handoff.connections", () -> this.status.get().connections())
			.description("Connections in hand, which a drain finishes")
			.baseUnit("connections")
			.register(registry);
		for (HandoffState state : HandoffState.values()) {
			Gauge.builder("handoff.state", () -> (this.status.get().state() == state) ? 1 : 0)
				.description("1 for the state that this process is in")
				.tag("state", text(state))
				.register(registry);
		}
		for (Listener listener : this.listeners.get()) {
			bind(registry, bound, listener);
		}
	}

	private static void bind(MeterRegistry registry, Set<String> bound, Listener listener) {
		if (!bound.add(listener.name())) {
			return;
		}
		FunctionCounter.builder("handoff.listener.accepted", listener, Listener::acceptedCount)
			.description("Connections accepted on a listener by this process")
			.baseUnit("connections")
			.tag("listener", listener.name())
			.register(registry);
	}

	@Override
	public void stateChanged(StateChange change) {
		// Those that were asked for since.
		if (change.to() == HandoffState.SERVING) {
			this.registries.forEach(
					(registry, bound) -> this.listeners.get().forEach((listener) -> bind(registry, bound, listener)));
		}
	}

	@Override
	public void handoffReported(HandoffReport report) {
		this.registries.keySet().forEach((registry) -> record(registry, report));
	}

	private static void record(MeterRegistry registry, HandoffReport report) {
		String role = text(report.role());
		Counter.builder("handoff.attempts")
			.description("Handoffs by outcome")
			.tag(ROLE, role)
			.tag("outcome", text(report.outcome()))
			.register(registry)
			.increment();
		Counter.builder("handoff.descriptors")
			.description("Descriptors sent or received")
			.baseUnit("descriptors")
			.tag(ROLE, role)
			.register(registry)
			.increment(report.descriptorsMoved());
		report.steps()
			.forEach((step, duration) -> Timer.builder("handoff.step")
				.description("Duration of a handoff's steps; 'release' is from the release to the successor's serving")
				.tag(ROLE, role)
				.tag("step", text(step))
				.register(registry)
				.record(duration));
		Integer waiting = report.waitingAtRelease();
		if (waiting != null) {
			DistributionSummary.builder("handoff.accept.queue")
				.description("Connections that waited in the accept queues at the release")
				.baseUnit("connections")
				.register(registry)
				.record(waiting);
		}
		report.forceClosed()
			.forEach((kind, count) -> Counter.builder("handoff.connections.force.closed")
				.description("Connections closed because the drain ran out, by what was going on on them")
				.baseUnit("connections")
				.tag("kind", kind)
				.register(registry)
				.increment(count));
	}

	private static String text(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

}
