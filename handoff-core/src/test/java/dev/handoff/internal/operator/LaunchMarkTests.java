package dev.handoff.internal.operator;

import java.io.IOException;
import java.time.Instant;
import java.util.Map;

import dev.handoff.testsupport.ProcessTree;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link LaunchMark}.
 */
@Timeout(60)
class LaunchMarkTests {

	@Test
	void theFirstPartStaysThroughAllGenerations() {
		LaunchMark first = LaunchMark.create(Map.of(), "generation-0", Instant.now());
		assertThat(first.value()).startsWith("generation-0/");
		LaunchMark second = LaunchMark.create(Map.of(LaunchMark.VARIABLE, first.value()), "generation-1",
				Instant.now());
		assertThat(second.value()).startsWith("generation-0/").isNotEqualTo(first.value());
		LaunchMark other = LaunchMark.create(Map.of(LaunchMark.VARIABLE, "/"), "generation-1", Instant.now());
		assertThat(other.value()).startsWith("generation-1/");
	}

	@Test
	void aProcessIsKnownByIt() throws IOException {
		LaunchMark mark = LaunchMark.create(Map.of(), "generation-0", Instant.now());
		ProcessBuilder builder = new ProcessBuilder("sleep", "600");
		builder.environment().put(LaunchMark.VARIABLE, mark.value());
		Process process = builder.start();
		try {
			assertThat(mark.processes()).containsExactly(process.toHandle());
			assertThat(mark.isOn(process.pid())).isTrue();
			assertThat(LaunchMark.descendants("generation-0")).contains(process.toHandle());
			assertThat(LaunchMark.create(Map.of(), "generation-0", Instant.now()).processes()).isEmpty();
			assertThat(LaunchMark.descendants("generation")).doesNotContain(process.toHandle());
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
		assertThat(mark.isOn(process.pid())).isFalse();
	}

	@Test
	void thisProcessHasItOrNot() {
		assertThat(LaunchMark.isOn(Map.of())).isFalse();
		assertThat(LaunchMark.isOn(Map.of(LaunchMark.VARIABLE, "generation-0/1"))).isTrue();
	}

}
