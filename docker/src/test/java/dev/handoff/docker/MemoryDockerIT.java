package dev.handoff.docker;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Two generations that live at a time, each with a memory limit of its own.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MemoryDockerIT {

	private static final long LIMIT = 320L * 1024 * 1024;

	private final Site site = new Site();

	@AfterEach
	void close() {
		this.site.close();
	}

	@Test
	void bothStayWithinTheirLimitsWhileTheyLiveTogether() {
		Generation predecessor = limited().awaitState("SERVING");
		try (Load load = new Load(this.site)) {
			load.awaitMore(1000);
			Generation successor = limited().awaitState("SERVING");
			load.awaitMore(1000);
			assertThat(predecessor.hasEntered("OBSERVING")).isTrue();
			assertThat(predecessor.hasEntered("DRAINING")).isFalse();
			long first = peak(predecessor);
			long second = peak(successor);
			// More than the limit is never charged: who reaches it is at its mercy.
			assertThat(first).isLessThan(LIMIT);
			assertThat(second).isLessThan(LIMIT);
			assertThat(predecessor.isRunning()).isTrue();
			assertThat(successor.isRunning()).isTrue();
			// Half of the limit, as JDK_JAVA_OPTIONS says.
			assertThat(successor.logs()).containsPattern("MaxHeapSize +(:)?= " + LIMIT / 2 + " ");
			load.end();
			assertThat(load.failed()).as(load.report()).isZero();
			System.out.println("memory: limit %d MiB each, peaks %d and %d MiB while both lived".formatted(LIMIT >> 20,
					first >> 20, second >> 20));
		}
	}

	private Generation limited() {
		return this.site.start(DemoImage.name(), (command) -> Site.hostConfig(command).withMemory(LIMIT),
				"HANDOFF_OBSERVATION_WINDOW=60s", "JDK_JAVA_OPTIONS=-XX:MaxRAMPercentage=50 -XX:+PrintFlagsFinal");
	}

	// cgroup v2, cgroup v2 without a peak, cgroup v1.
	private static long peak(Generation generation) {
		String bytes = generation.run("sh", "-c",
				"cat /sys/fs/cgroup/memory.peak || cat /sys/fs/cgroup/memory.current || cat /sys/fs/cgroup/memory/memory.max_usage_in_bytes");
		return Long.parseLong(bytes.lines().filter((line) -> line.matches("\\d+")).findFirst().orElseThrow());
	}

}
