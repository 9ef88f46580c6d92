package dev.handoff.boot.scheduling;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Function;

import dev.handoff.BackgroundWork;
import org.jspecify.annotations.Nullable;

import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.Trigger;

/**
 * Hands its jobs to another scheduler while this process serves, as if the application
 * had been started when that began: what falls due before is neither run nor made up for,
 * except for jobs that run only once. Safe for use by several threads.
 */
final class ServingTaskScheduler implements TaskScheduler, BackgroundWork {

	private final TaskScheduler delegate;

	// Guarded, as the rest, by this.
	private final Set<ServingJob> jobs = new LinkedHashSet<>();

	private boolean started;

	// Tells the runs of a job that was scheduled again from those of before.
	private int epoch;

	private int running;

	ServingTaskScheduler(TaskScheduler delegate) {
		this.delegate = delegate;
	}

	@Override
	public synchronized void start() {
		this.started = true;
		this.epoch++;
		this.jobs.forEach((job) -> job.schedule(this.epoch));
	}

	@Override
	public synchronized void stop() throws InterruptedException {
		this.started = false;
		this.jobs.forEach(ServingJob::unschedule);
		while (this.running > 0) {
			wait();
		}
	}

	/**
	 * Returns whether a run may begin, which {@link #ended} has to follow.
	 */
	synchronized boolean begin(ServingJob job, int runsEpoch) {
		if (!this.started || runsEpoch != this.epoch || job.isDone()) {
			return false;
		}
		this.running++;
		return true;
	}

	synchronized void ended(ServingJob job) {
		this.running--;
		if (job.isDone()) {
			this.jobs.remove(job);
		}
		notifyAll();
	}

	synchronized void cancelled(ServingJob job) {
		this.jobs.remove(job);
	}

	private synchronized ScheduledFuture<?> add(Runnable task, boolean once,
			Function<Runnable, @Nullable ScheduledFuture<?>> scheduling) {
		ServingJob job = new ServingJob(this, task, once, scheduling);
		this.jobs.add(job);
		if (this.started) {
			job.schedule(this.epoch);
		}
		return job;
	}

	@Override
	public Clock getClock() {
		return this.delegate.getClock();
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, Trigger trigger) {
		return add(task, false, (run) -> this.delegate.schedule(run, trigger));
	}

	@Override
	public ScheduledFuture<?> schedule(Runnable task, Instant startTime) {
		return add(task, true, (run) -> this.delegate.schedule(run, startTime));
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Instant startTime, Duration period) {
		return add(task, false, (run) -> this.delegate.scheduleAtFixedRate(run, startTime, period));
	}

	@Override
	public ScheduledFuture<?> scheduleAtFixedRate(Runnable task, Duration period) {
		return add(task, false, (run) -> this.delegate.scheduleAtFixedRate(run, period));
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Instant startTime, Duration delay) {
		return add(task, false, (run) -> this.delegate.scheduleWithFixedDelay(run, startTime, delay));
	}

	@Override
	public ScheduledFuture<?> scheduleWithFixedDelay(Runnable task, Duration delay) {
		return add(task, false, (run) -> this.delegate.scheduleWithFixedDelay(run, delay));
	}

}
