package dev.handoff.boot.scheduling;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import org.springframework.scheduling.SchedulingAwareRunnable;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;
import org.springframework.scheduling.support.CronTrigger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link ServingTaskScheduler} with a scheduler that runs what the test says.
 */
@Timeout(30)
@SuppressWarnings("FutureReturnValueIgnored") // the scheduler has them all
class ServingTaskSchedulerTests {

	private final ManualScheduler manual = new ManualScheduler();

	private final ServingTaskScheduler scheduler = new ServingTaskScheduler(this.manual);

	private final AtomicInteger runs = new AtomicInteger();

	@Test
	void jobsAreScheduledWhenTheProcessServes() {
		this.scheduler.scheduleAtFixedRate(this.runs::incrementAndGet, Duration.ofSeconds(1));
		this.scheduler.scheduleAtFixedRate(this.runs::incrementAndGet, Instant.EPOCH, Duration.ofSeconds(2));
		this.scheduler.scheduleWithFixedDelay(this.runs::incrementAndGet, Duration.ofSeconds(3));
		this.scheduler.scheduleWithFixedDelay(this.runs::incrementAndGet, Instant.EPOCH, Duration.ofSeconds(4));
		this.scheduler.schedule(this.runs::incrementAndGet, new CronTrigger("0 0 3 * * *"));
		this.scheduler.schedule(this.runs::incrementAndGet, Instant.EPOCH);
		assertThat(this.manual.scheduled).isEmpty();
		this.scheduler.start();
		assertThat(this.manual.scheduled).extracting("when")
			.containsExactly("rate PT1S", "rate PT2S from 1970-01-01T00:00:00Z", "delay PT3S",
					"delay PT4S from 1970-01-01T00:00:00Z", "trigger 0 0 3 * * *", "at 1970-01-01T00:00:00Z");
		this.manual.scheduled.forEach(Entry::run);
		assertThat(this.runs).hasValue(6);
	}

	@Test
	void jobThatComesLaterIsScheduledAtOnce() {
		this.scheduler.start();
		this.scheduler.scheduleAtFixedRate(this.runs::incrementAndGet, Duration.ofSeconds(1));
		assertThat(this.manual.scheduled).hasSize(1);
	}

	@Test
	void nothingRunsAfterAStop() throws Exception {
		this.scheduler.scheduleAtFixedRate(this.runs::incrementAndGet, Duration.ofSeconds(1));
		this.scheduler.start();
		this.scheduler.stop();
		Entry before = this.manual.scheduled.get(0);
		assertThat(before.isCancelled()).isTrue();
		before.task.run();
		this.scheduler.start();
		// Its scheduler was about to run it all the time.
		before.task.run();
		assertThat(this.runs).hasValue(0);
		this.manual.scheduled.get(1).run();
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void stopWaitsForARunThatHasBegun() throws Exception {
		CountDownLatch begun = new CountDownLatch(1);
		CountDownLatch mayEnd = new CountDownLatch(1);
		this.scheduler.scheduleAtFixedRate(() -> {
			begun.countDown();
			await(mayEnd);
			this.runs.incrementAndGet();
		}, Duration.ofSeconds(1));
		this.scheduler.start();
		Thread run = new Thread(this.manual.scheduled.get(0));
		run.start();
		await(begun);
		FutureTask<Integer> stop = new FutureTask<>(() -> {
			this.scheduler.stop();
			return this.runs.get();
		});
		Thread stopping = new Thread(stop);
		stopping.start();
		while (stopping.getState() != Thread.State.WAITING) {
			Thread.onSpinWait();
		}
		mayEnd.countDown();
		assertThat(stop.get(20, TimeUnit.SECONDS)).isOne();
		run.join();
	}

	@Test
	void jobThatRunsOnceIsPutOffAndNotRepeated() throws Exception {
		ScheduledFuture<?> once = this.scheduler.schedule(this.runs::incrementAndGet, Instant.EPOCH);
		this.scheduler.start();
		this.scheduler.stop();
		this.scheduler.start();
		assertThat(once.isDone()).isFalse();
		this.manual.scheduled.get(1).run();
		assertThat(once.isDone()).isTrue();
		assertThat(once.get()).isNull();
		this.scheduler.stop();
		this.scheduler.start();
		assertThat(this.manual.scheduled).hasSize(2);
		assertThat(this.runs).hasValue(1);
	}

	@Test
	void cancelledJobIsNotScheduledAgain() throws Exception {
		ScheduledFuture<?> future = this.scheduler.scheduleAtFixedRate(this.runs::incrementAndGet,
				Duration.ofSeconds(1));
		this.scheduler.start();
		assertThat(future.getDelay(TimeUnit.SECONDS)).isEqualTo(7);
		assertThat(future.cancel(true)).isTrue();
		assertThat(future.isCancelled()).isTrue();
		assertThat(this.manual.scheduled.get(0).isCancelled()).isTrue();
		this.scheduler.stop();
		this.scheduler.start();
		assertThat(this.manual.scheduled).hasSize(1);
	}

	@Test
	void failingRunIsOverToo() throws Exception {
		this.scheduler.scheduleAtFixedRate(() -> {
			throw new IllegalStateException("broken");
		}, Duration.ofSeconds(1));
		this.scheduler.start();
		Entry entry = this.manual.scheduled.get(0);
		entry.run();
		// A run that is not over would be waited for.
		this.scheduler.stop();
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(entry::get)
			.withRootCauseInstanceOf(IllegalStateException.class);
	}

	@Test
	void schedulerIsToldWhoShallRunTheJob() {
		this.scheduler.scheduleAtFixedRate(new SchedulingAwareRunnable() {

			@Override
			public void run() {
			}

			@Override
			public boolean isLongLived() {
				return true;
			}

			@Override
			public String getQualifier() {
				return "reports";
			}

		}, Duration.ofSeconds(1));
		this.scheduler.start();
		SchedulingAwareRunnable task = (SchedulingAwareRunnable) this.manual.scheduled.get(0).task;
		assertThat(task.getQualifier()).isEqualTo("reports");
		assertThat(task.isLongLived()).isTrue();
	}

	private static void await(CountDownLatch latch) {
		try {
			assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
		}
		catch (InterruptedException ex) {
			throw new AssertionError(ex);
		}
	}

	private static final class ManualScheduler implements TaskScheduler {

		private final List<Entry> scheduled = new ArrayList<>();

		private ScheduledFuture<?> add(Runnable task, String when) {
			Entry entry = new Entry(task, when);
			this.scheduled.add(entry);
			return entry;
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
			return add(task, "trigger " + trigger);
		}

		@Override
		public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
			return add(task, "at " + startTime);
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
			return add(task, "rate %s from %s".formatted(period, startTime));
		}

		@Override
		public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
			return add(task, "rate " + period);
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
			return add(task, "delay %s from %s".formatted(delay, startTime));
		}

		@Override
		public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
			return add(task, "delay " + delay);
		}

	}

	private static final class Entry extends FutureTask<Object> implements ScheduledFuture<Object> {

		private final Runnable task;

		private final String when;

		Entry(Runnable task, String when) {
			super(task, null);
			this.task = task;
			this.when = when;
		}

		@Override
		public long getDelay(TimeUnit unit) {
			return unit.convert(7, TimeUnit.SECONDS);
		}

		@Override
		public int compareTo(Delayed other) {
			return 0;
		}

		@Override
		public String toString() {
			return this.when;
		}

	}

}
