package dev.handoff.boot;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Http2GracefulShutdown}.
 */
class Http2GracefulShutdownTests {

	private final TestShutdown shutdown = new TestShutdown();

	@Test
	void leavesWhenTheClientKnowsAndNoStreamIsOpenAndClosesWhenTheClientHasReadEverything() {
		this.shutdown.streams = 1;
		this.shutdown.goOn();
		this.shutdown.goOn();
		assertThat(this.shutdown.done).containsExactly("announce");
		this.shutdown.acknowledge(0);
		this.shutdown.goOn();
		assertThat(this.shutdown.done).containsExactly("announce");
		this.shutdown.streams = 0;
		this.shutdown.goOn();
		this.shutdown.goOn();
		assertThat(this.shutdown.done).containsExactly("announce", "leave");
		this.shutdown.acknowledge(1);
		assertThat(this.shutdown.done).containsExactly("announce", "leave", "close");
	}

	@Test
	void doesNotLeaveBeforeTheClientKnows() {
		this.shutdown.goOn();
		this.shutdown.goOn();
		assertThat(this.shutdown.done).containsExactly("announce");
		this.shutdown.acknowledge(0);
		assertThat(this.shutdown.done).containsExactly("announce", "leave");
	}

	@Test
	void streamOfAClientThatOpensOneAllTheSameIsServed() {
		this.shutdown.goOn();
		this.shutdown.acknowledge(0);
		this.shutdown.streams = 1;
		this.shutdown.acknowledge(1);
		assertThat(this.shutdown.done).containsExactly("announce", "leave");
		this.shutdown.streams = 0;
		this.shutdown.goOn();
		this.shutdown.acknowledge(2);
		assertThat(this.shutdown.done).containsExactly("announce", "leave", "leave", "close");
	}

	@Test
	void pingsOfOthersAreNotItsOwn() {
		this.shutdown.goOn();
		assertThat(this.shutdown.acknowledged(1)).isFalse();
		assertThat(this.shutdown.done).containsExactly("announce");
	}

	@Test
	void acknowledgmentThatComesTwiceCountsOnce() {
		this.shutdown.goOn();
		this.shutdown.acknowledge(0);
		this.shutdown.acknowledge(0);
		this.shutdown.acknowledge(1);
		this.shutdown.acknowledge(1);
		assertThat(this.shutdown.done).containsExactly("announce", "leave", "close");
	}

	@Test
	void closesIfIdleInEachStepAndOnce() {
		for (int steps = 0; steps < 3; steps++) {
			TestShutdown idle = new TestShutdown();
			if (steps > 0) {
				idle.goOn();
			}
			if (steps > 1) {
				idle.acknowledge(0);
			}
			idle.streams = 1;
			idle.closeIfIdle();
			assertThat(idle.done).doesNotContain("close");
			idle.streams = 0;
			idle.closeIfIdle();
			idle.closeIfIdle();
			idle.goOn();
			assertThat(idle.done).endsWith("close").containsOnlyOnce("close");
		}
	}

	private static final class TestShutdown extends Http2GracefulShutdown {

		private final List<String> done = new ArrayList<>();

		private final List<Long> pings = new ArrayList<>();

		private int streams;

		void acknowledge(int ping) {
			assertThat(acknowledged(this.pings.get(ping))).isTrue();
		}

		@Override
		protected void announce(long ping) {
			this.done.add("announce");
			this.pings.add(ping);
		}

		@Override
		protected boolean hasStreams() {
			return this.streams > 0;
		}

		@Override
		protected void leave(long ping) {
			this.done.add("leave");
			this.pings.add(ping);
		}

		@Override
		protected void close() {
			this.done.add("close");
		}

	}

}
