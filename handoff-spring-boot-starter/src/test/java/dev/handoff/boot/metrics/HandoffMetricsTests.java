package dev.handoff.boot.metrics;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.Listener;
import dev.handoff.boot.TestListener;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link HandoffMetrics}.
 */
@ExtendWith(OutputCaptureExtension.class)
class HandoffMetricsTests {

	private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

	private HandoffState state = HandoffState.SERVING;

	@Test
	void stateAndGenerationAreGauges() {
		metrics(List.of());
		assertThat(this.registry.get("handoff.generation").gauge().value()).isEqualTo(3);
		assertThat(this.registry.get("handoff.connections").gauge().value()).isEqualTo(6);
		assertThat(this.registry.get("handoff.state").tag("state", "serving").gauge().value()).isEqualTo(1);
		this.state = HandoffState.DRAINING;
		assertThat(this.registry.get("handoff.state").tag("state", "serving").gauge().value()).isZero();
		assertThat(this.registry.get("handoff.state").tag("state", "draining").gauge().value()).isEqualTo(1);
	}

	@Test
	void gaugesOutliveTheBinder() {
		metrics(List.of());
		System.gc();
		assertThat(this.registry.get("handoff.generation").gauge().value()).isEqualTo(3);
		assertThat(this.registry.get("handoff.connections").gauge().value()).isEqualTo(6);
		assertThat(this.registry.get("handoff.state").tag("state", "serving").gauge().value()).isEqualTo(1);
	}

	@Test
	void reportIsCounted() {
		HandoffMetrics metrics = metrics(List.of());
		metrics.handoffReported(new HandoffReport("1", HandoffReport.Role.PREDECESSOR, 4711, "peer", "1", "2", 3,
				Instant.EPOCH, Map.of(HandoffReport.Step.RELEASE, Duration.ofMillis(20)), 2, 5,
				HandoffReport.Outcome.TIMED_OUT, "no READY", Map.of("idle", 7)));
		assertThat(this.registry.get("handoff.attempts")
			.tags("role", "predecessor", "outcome", "timed-out")
			.counter()
			.count()).isEqualTo(1);
		assertThat(this.registry.get("handoff.descriptors").tag("role", "predecessor").counter().count()).isEqualTo(2);
		assertThat(this.registry.get("handoff.step")
			.tags("role", "predecessor", "step", "release")
			.timer()
			.totalTime(TimeUnit.MILLISECONDS)).isEqualTo(20);
		assertThat(this.registry.get("handoff.accept.queue").summary().totalAmount()).isEqualTo(5);
		assertThat(this.registry.get("handoff.connections.force.closed").tag("kind", "idle").counter().count())
			.isEqualTo(7);
	}

	@Test
	void aListenerThatServesAgainIsNotRegisteredAgain(CapturedOutput output) {
		TestListener listener = new TestListener("server", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
				1);
		HandoffMetrics metrics = metrics(List.of(listener));
		for (int i = 0; i < 2; i++) {
			metrics.stateChanged(
					new HandoffObserver.StateChange(HandoffState.OFFERING, HandoffState.SERVING, 0, "failed"));
		}
		assertThat(this.registry.get("handoff.listener.accepted").functionCounters()).hasSize(1);
		assertThat(output).doesNotContain("already registered");
		listener.close();
	}

	private HandoffMetrics metrics(List<Listener> listeners) {
		HandoffMetrics metrics = new HandoffMetrics(
				() -> new HandoffStatus(this.state, 3, "me", 1, List.of(), 6, null, null, null, List.of(), null),
				() -> listeners);
		metrics.bindTo(this.registry);
		return metrics;
	}

}
