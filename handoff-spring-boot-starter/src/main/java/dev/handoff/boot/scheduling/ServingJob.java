package dev.handoff.boot.scheduling;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Delayed;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.SchedulingAwareRunnable;

/**
 * A job of a {@link ServingTaskScheduler}, scheduled anew each time that the process
 * begins to serve. Safe for use by several threads.
 */
final class ServingJob implements ScheduledFuture<@Nullable Object> {

	private final ServingTaskScheduler scheduler;

	private final Runnable task;

	private final boolean once;

	private final Function<Runnable, @Nullable ScheduledFuture<?>> scheduling;

	private final CompletableFuture<@Nullable Object> done = new CompletableFuture<>();

	private volatile @Nullable ScheduledFuture<?> scheduled;

	ServingJob(ServingTaskScheduler scheduler, Runnable task, boolean once,
			Function<Runnable, @Nullable ScheduledFuture<?>> scheduling) {
		this.scheduler = scheduler;
		this.task = task;
		this.once = once;
		this.scheduling = scheduling;
	}

	void schedule(int epoch) {
		this.scheduled = this.scheduling.apply(new Run(epoch));
		if (isCancelled()) {
			// Meanwhile, by somebody who did not see it.
			unschedule();
		}
	}

	void unschedule() {
		ScheduledFuture<?> future = this.scheduled;
		this.scheduled = null;
		if (future != null) {
			// A run that has begun ends by itself.
			future.cancel(false);
		}
	}

	@Override
	public boolean cancel(boolean mayInterruptIfRunning) {
		boolean cancelled = this.done.cancel(false);
		ScheduledFuture<?> future = this.scheduled;
		if (future != null) {
			future.cancel(mayInterruptIfRunning);
		}
		this.scheduler.cancelled(this);
		return cancelled;
	}

	@Override
	public boolean isCancelled() {
		return this.done.isCancelled();
	}

	@Override
	public boolean isDone() {
		return this.done.isDone();
	}

	@Override
	public @Nullable Object get() throws InterruptedException, ExecutionException {
		return this.done.get();
	}

	@Override
	public @Nullable Object get(long timeout, TimeUnit unit)
			throws InterruptedException, ExecutionException, TimeoutException {
		return this.done.get(timeout, unit);
	}

	/**
	 * Returns the delay to the next run, 0 if that is not known because the process does
	 * not serve.
	 */
	@Override
	public long getDelay(TimeUnit unit) {
		ScheduledFuture<?> future = this.scheduled;
		return (future != null) ? future.getDelay(unit) : 0;
	}

	@Override
	public int compareTo(Delayed other) {
		return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
	}

	/**
	 * The job as it is scheduled while the process serves.
	 */
	private final class Run implements SchedulingAwareRunnable {

		private final int epoch;

		Run(int epoch) {
			this.epoch = epoch;
		}

		@Override
		public void run() {
			ServingJob job = ServingJob.this;
			if (!job.scheduler.begin(job, this.epoch)) {
				return;
			}
			try {
				job.task.run();
			}
			finally {
				if (job.once) {
					job.done.complete(null);
				}
				job.scheduler.ended(job);
			}
		}

		@Override
		public boolean isLongLived() {
			return ServingJob.this.task instanceof SchedulingAwareRunnable aware && aware.isLongLived();
		}

		// The name of the scheduler that is to run it.
		@Override
		public @Nullable String getQualifier() {
			return (ServingJob.this.task instanceof SchedulingAwareRunnable aware) ? aware.getQualifier() : null;
		}

		@Override
		public String toString() {
			return ServingJob.this.task.toString();
		}

	}

}
