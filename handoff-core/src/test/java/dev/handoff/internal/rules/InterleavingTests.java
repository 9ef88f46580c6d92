package dev.handoff.internal.rules;

import java.util.function.BiFunction;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Explores every interleaving of the real rules: each action of a handler is a step of
 * its own, and processes are killed, stopped and continued, told to terminate, to abort,
 * to release and to reclaim at any moment. {@code -Dexplore.faults=1} allows that many
 * faults more.
 */
@Tag("jdk-independent")
class InterleavingTests {

	private static final int MORE_FAULTS = Integer.getInteger("explore.faults", 0);

	// Bit n of manual: process n waits for the operator before it is released.
	@ParameterizedTest
	@CsvSource({ "2, 0, 3", "2, 2, 3", "3, 0, 1", "3, 2, 1" })
	void noInterleavingViolatesAGuarantee(int processes, int manual, int faults) {
		Explorer explorer = new Explorer(new Moves(SessionRules::apply, false));
		long begin = System.nanoTime();
		assertThat(explorer.explore(World.of(processes, manual, faults + MORE_FAULTS))).isNull();
		System.out.printf("%d processes, %d faults, manual %d: %,d states, %,d transitions, %d s%n", processes,
				faults + MORE_FAULTS, manual, explorer.states(), explorer.transitions(),
				(System.nanoTime() - begin) / 1_000_000_000);
	}

	@Test
	void timersThatComeBeforeMessagesAreDetected() {
		assertThat(new Explorer(new Moves(SessionRules::apply, true)).explore(World.of(2, 0, 3))).isNotNull();
	}

	@ParameterizedTest
	@EnumSource(Mutation.class)
	void aBrokenRuleIsDetected(Mutation mutation) {
		BiFunction<SessionState, Event, Reaction> broken = (state, event) -> mutation.apply(state, event,
				SessionRules.apply(state, event));
		String violation = null;
		for (int processes = 2; violation == null && processes <= 3; processes++) {
			violation = new Explorer(new Moves(broken, false)).explore(World.of(processes, 0, 3 - (processes - 2) * 2));
		}
		assertThat(violation).as(mutation.name()).isNotNull();
		System.out.println(mutation + ": " + String.valueOf(violation).lines().findFirst().orElseThrow());
	}

}
