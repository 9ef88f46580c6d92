package dev.handoff;

/**
 * Work that is nobody's connection and that two processes must not do at once, such as
 * scheduled jobs or message consumers. It runs while this process serves: it is started
 * when the process begins to serve, stopped when it has released, and started again if it
 * reclaims. Registered with {@link Handoff#register(BackgroundWork)}.
 * <p>
 * A lock on a file beside the control socket keeps the work of a process from starting
 * before that of the other has stopped, or the other has ended. The kernel gives it back,
 * so work goes on after a process was killed, and waits for one that hangs.
 * <p>
 * The methods are called in turn on the thread {@code handoff-background}, which does
 * nothing else: they may block. What they throw is logged; work that could not be started
 * is not stopped.
 */
public interface BackgroundWork {

	/**
	 * Starts the work.
	 */
	void start();

	/**
	 * Stops the work, and returns when nothing of it runs any more. A drain waits for
	 * this until its timeout.
	 * @throws InterruptedException never by the handoff, which does not interrupt
	 */
	void stop() throws InterruptedException;

}
