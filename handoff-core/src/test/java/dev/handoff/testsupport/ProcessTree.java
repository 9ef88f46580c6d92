package dev.handoff.testsupport;

import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A process and those that it has started.
 */
public final class ProcessTree {

	private ProcessTree() {
	}

	/**
	 * Ends them all by force.
	 * @param root the process, which may have ended
	 */
	public static void end(ProcessHandle root) {
		// Descendants, such as the workers of nginx, outlive a process that is killed,
		// and
		// cannot be found afterwards. It goes first so that it does not replace them.
		List<ProcessHandle> descendants = root.descendants().toList();
		end(List.of(root));
		end(descendants);
	}

	private static void end(List<ProcessHandle> processes) {
		processes.forEach(ProcessHandle::destroyForcibly);
		// Bounded because whoever inherits a descendant need not reap it.
		processes.forEach((process) -> process.onExit().completeOnTimeout(process, 10, TimeUnit.SECONDS).join());
	}

}
