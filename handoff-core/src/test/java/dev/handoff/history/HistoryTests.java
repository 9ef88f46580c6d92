package dev.handoff.history;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link History}.
 */
class HistoryTests {

	@Test
	void theSameSeedMakesTheSameHistory() {
		assertThat(History.random(7)).isEqualTo(History.random(7)).isNotEqualTo(History.random(8));
	}

	@Test
	void whatIsWrittenDownCanBeReadAgain() {
		for (long seed = 0; seed < 200; seed++) {
			History history = History.random(seed);
			assertThat(History.parse(history.toString())).isEqualTo(history);
		}
	}

	@Test
	void aHistoryIsMadeSmallerByItsSteps() {
		History history = History.parse("window 300 manual; start 0; ready 0; start 1 extra; pause 1 20");
		assertThat(history.without(1, 3)).hasToString("window 300 manual; start 0; pause 1 20");
	}

}
