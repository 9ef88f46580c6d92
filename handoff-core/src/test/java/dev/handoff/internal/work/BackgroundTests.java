package dev.handoff.internal.work;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import dev.handoff.BackgroundWork;
import dev.handoff.testsupport.LocalWorkLock;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests of {@link Background}. The processes of the test are in one JVM, and their lock
 * is a semaphore.
 */
@Timeout(30)
class BackgroundTests {

	private final BlockingQueue<String> log = new LinkedBlockingQueue<>();

	private final Semaphore lock = new Semaphore(1);

	private final Background background = new Background(new TestLock());

	private final Background other = new Background(new TestLock());

	@AfterEach
	void close() {
		this.background.close();
		this.other.close();
	}

	@Test
	void workRunsWhileTheProcessServes() throws Exception {
		this.background.register(new TestWork("a"));
		this.background.register(new TestWork("b"));
		this.background.serving(true);
		assertLogged("start a", "start b");
		assertThat(this.lock.availablePermits()).isZero();
		this.background.serving(false);
		assertLogged("stop b", "stop a");
		this.background.serving(true);
		assertLogged("start a", "start b");
	}

	@Test
	void workThatComesLaterIsStartedAtOnce() throws Exception {
		this.background.serving(true);
		this.background.register(new TestWork("a"));
		assertLogged("start a");
		this.background.register(new TestWork("b"));
		assertLogged("start b");
	}

	@Test
	void workWaitsUntilThatOfTheOtherProcessHasStopped() throws Exception {
		TestWork slow = new TestWork("slow");
		slow.mayStop = new Semaphore(0);
		this.background.register(slow);
		this.other.register(new TestWork("next"));
		this.background.serving(true);
		assertLogged("start slow");
		Awaitility.await().until(() -> !this.background.force().isEmpty());
		assertThat(this.background.remaining()).isZero();
		this.background.serving(false);
		this.other.serving(true);
		assertLogged("stopping slow");
		assertThat(this.background.remaining()).isOne();
		assertThat(this.background.force()).containsEntry("background work", 1);
		slow.mayStop.release();
		assertLogged("stop slow", "start next");
		assertThat(this.background.remaining()).isZero();
		assertThat(this.background.force()).isEmpty();
	}

	@Test
	void processThatNoLongerServesWaitsForNoLock() throws Exception {
		this.other.register(new TestWork("other"));
		this.other.serving(true);
		assertLogged("start other");
		this.background.register(new TestWork("a"));
		this.background.serving(true);
		while (!this.lock.hasQueuedThreads()) {
			Thread.onSpinWait();
		}
		this.background.serving(false);
		while (this.lock.hasQueuedThreads()) {
			Thread.onSpinWait();
		}
		this.other.serving(false);
		assertLogged("stop other");
		this.other.serving(true);
		assertLogged("start other");
	}

	@Test
	void workThatCannotBeStartedKeepsNoOtherFromRunning() throws Exception {
		TestWork broken = new TestWork("broken");
		broken.startFailure = new IllegalStateException("broken");
		this.background.register(broken);
		this.background.register(new TestWork("b"));
		this.background.serving(true);
		assertLogged("start broken", "start b");
		this.background.serving(false);
		assertLogged("stop b");
		broken.startFailure = null;
		this.background.serving(true);
		assertLogged("start broken", "start b");
	}

	@Test
	void lockIsKeptWhenWorkDoesNotStop() throws Exception {
		TestWork broken = new TestWork("broken");
		broken.stopFailure = new IllegalStateException("broken");
		this.background.register(new TestWork("a"));
		this.background.register(broken);
		this.other.register(new TestWork("next"));
		this.background.serving(true);
		assertLogged("start a", "start broken");
		this.background.serving(false);
		this.other.serving(true);
		assertLogged("stop broken", "stop a");
		while (!this.lock.hasQueuedThreads() || this.background.remaining() > 0) {
			Thread.onSpinWait();
		}
		assertThat(this.log).isEmpty();
		// It may serve again, and stop in order then.
		broken.stopFailure = null;
		this.background.serving(true);
		assertLogged("start a", "start broken");
		this.background.serving(false);
		assertLogged("stop broken", "stop a", "start next");
	}

	@Test
	void lockThatCannotBeHadIsTriedAgain() throws Exception {
		TestLock failing = new TestLock();
		failing.failures = 1;
		Background retrying = new Background(failing);
		retrying.register(new TestWork("a"));
		retrying.serving(true);
		assertLogged("start a");
		retrying.close();
		assertLogged("stop a");
	}

	private void assertLogged(String... expected) throws InterruptedException {
		for (String entry : expected) {
			assertThat(this.log.poll(20, TimeUnit.SECONDS)).as("one of %s", List.of(expected)).isEqualTo(entry);
		}
	}

	private final class TestWork implements BackgroundWork {

		private final String name;

		private volatile @Nullable Semaphore mayStop;

		private volatile @Nullable RuntimeException startFailure;

		private volatile @Nullable RuntimeException stopFailure;

		TestWork(String name) {
			this.name = name;
		}

		@Override
		public void start() {
			BackgroundTests.this.log.add("start " + this.name);
			throwIfPresent(this.startFailure);
		}

		@Override
		public void stop() throws InterruptedException {
			Semaphore permission = this.mayStop;
			if (permission != null) {
				BackgroundTests.this.log.add("stopping " + this.name);
				permission.acquire();
			}
			BackgroundTests.this.log.add("stop " + this.name);
			throwIfPresent(this.stopFailure);
		}

		private static void throwIfPresent(@Nullable RuntimeException failure) {
			if (failure != null) {
				throw failure;
			}
		}

	}

	private final class TestLock extends LocalWorkLock {

		private int failures;

		@Override
		public void lock() throws IOException {
			if (this.failures-- > 0) {
				throw new IOException("no such directory");
			}
			try {
				BackgroundTests.this.lock.acquire();
			}
			catch (InterruptedException ex) {
				throw new InterruptedIOException();
			}
		}

		@Override
		public void unlock() {
			BackgroundTests.this.lock.release();
		}

	}

}
