package dev.handoff.boot.scheduling;

import java.util.Objects;

import dev.handoff.Handoff;

import org.springframework.core.Ordered;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;

/**
 * Ties the jobs of {@code @Scheduled} methods and of other {@link SchedulingConfigurer}s
 * to serving, whichever scheduler runs them.
 */
public final class ServingScheduling implements SchedulingConfigurer, Ordered {

	private final Handoff handoff;

	private final boolean onlyWhileServing;

	/**
	 * Creates a configurer.
	 * @param handoff the process's handoff
	 * @param onlyWhileServing whether jobs run only while the process serves. Else
	 * nothing is changed
	 */
	public ServingScheduling(Handoff handoff, boolean onlyWhileServing) {
		this.handoff = handoff;
		this.onlyWhileServing = onlyWhileServing;
	}

	@Override
	public void configureTasks(ScheduledTaskRegistrar registrar) {
		if (!this.onlyWhileServing) {
			return;
		}
		// Spring sets one before it asks configurers.
		TaskScheduler scheduler = Objects.requireNonNull(registrar.getScheduler(), "no scheduler");
		ServingTaskScheduler serving = new ServingTaskScheduler(scheduler);
		registrar.setTaskScheduler(serving);
		this.handoff.register(serving);
	}

	/**
	 * After those that set a scheduler.
	 */
	@Override
	public int getOrder() {
		return LOWEST_PRECEDENCE;
	}

}
