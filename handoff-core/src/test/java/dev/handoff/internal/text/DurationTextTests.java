package dev.handoff.internal.text;

import java.time.Duration;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DurationText}.
 */
class DurationTextTests {

	@ParameterizedTest
	@CsvSource({ "PT0S, 0 ms", "PT0.0009S, 0 ms", "PT0.999S, 999 ms", "PT1S, 1 s", "PT1.05S, 1.05 s",
			"PT9.999S, 9.999 s", "PT10S, 10 s", "PT10.03S, 10 s", "PT29.96S, 30 s", "PT20.5S, 20.5 s", "PT1M, 1 min",
			"PT5M2.9S, 5 min 2 s", "PT1H, 1 h", "PT25H30M9S, 25 h 30 min", "PT-1.5S, -1.5 s", "PT100S, 1 min 40 s" })
	void durationsAreReadable(Duration duration, String text) {
		assertThat(DurationText.of(duration)).isEqualTo(text);
	}

}
