package dev.handoff.internal.report;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Observers}.
 */
class ObserversTests {

	@Test
	void whatAnObserverThatIsStuckDoesNotHearOfIsNotKeptForEver() throws Exception {
		Observers observers = new Observers();
		CountDownLatch stuck = new CountDownLatch(1);
		AtomicInteger heard = new AtomicInteger();
		observers.add(new HandoffObserver() {

			@Override
			public void stateChanged(StateChange change) {
				heard.incrementAndGet();
				try {
					assertThat(stuck.await(60, TimeUnit.SECONDS)).isTrue();
				}
				catch (InterruptedException ex) {
					Thread.currentThread().interrupt();
				}
			}

		});
		HandoffObserver.StateChange change = change();
		observers.notify(change);
		Awaitility.await().until(() -> heard.get() == 1);
		for (int i = 0; i < 5000; i++) {
			observers.notify(change);
		}
		CountDownLatch answered = new CountDownLatch(1);
		observers.execute(answered::countDown);
		stuck.countDown();
		assertThat(answered.await(60, TimeUnit.SECONDS)).as("whoever waits for a result").isTrue();
		assertThat(heard).hasValue(1001);
		observers.notify(change);
		Awaitility.await().until(() -> heard.get() == 1002);
		observers.close();
	}

	private static HandoffObserver.StateChange change() {
		return new HandoffObserver.StateChange(HandoffState.STARTING, HandoffState.SERVING, 0, "ready");
	}

}
