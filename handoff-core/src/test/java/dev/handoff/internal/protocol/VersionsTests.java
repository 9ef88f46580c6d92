package dev.handoff.internal.protocol;

import java.util.OptionalInt;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Versions}.
 */
@Tag("jdk-independent")
class VersionsTests {

	@Test
	void versionOneIsSpoken() {
		assertThat(Versions.negotiate(1, 1)).hasValue(1);
		assertThat(Versions.negotiate(0, 9)).hasValue(1);
		assertThat(Versions.negotiate(2, 9)).isEmpty();
		assertThat(Versions.negotiate(0, 0)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "1, 2, 0", "1, 3, 3", "2, 4, 4", "4, 5, 5", "5, 9, 5", "6, 9, 0", "4, 3, 0", "5, 4, 0" })
	void highestCommonVersionIsChosen(int lowest, int highest, int chosen) {
		assertThat(Versions.negotiate(lowest, highest, 3, 5))
			.isEqualTo((chosen != 0) ? OptionalInt.of(chosen) : OptionalInt.empty());
	}

}
