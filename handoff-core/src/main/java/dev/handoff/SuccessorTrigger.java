package dev.handoff;

/**
 * Starts a successor when an operator asks for a handoff. Registered with
 * {@link Handoff#onTrigger(SuccessorTrigger)}.
 */
@FunctionalInterface
public interface SuccessorTrigger {

	/**
	 * Starts a successor, and does not wait for what becomes of it. Called on the thread
	 * of the observers, one at a time, while this process serves and no handoff is under
	 * way. What it throws is told to the operator as
	 * {@link CommandResult.Verdict#FAILED}.
	 * @return whether a successor was started
	 */
	CommandResult trigger();

}
