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
		// and cannot be found afterwards. It goes first so that it does not replace them.
		List<ProcessHandle> descendants = root.descendants().toList();
		end(List.of(root));
		end(descendants);
	}

	private static void end(List<ProcessHandle> processes) {
		processes.forEach(ProcessHandle::destroyForcibly);
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
		// Bounded because whoever inherits a descendant need not reap it. onExit() would
		// complete, and time out, in the common pool, which a test may keep busy.
		while (processes.stream().anyMatch(ProcessHandle::isAlive) && deadline - System.nanoTime() > 0) {
			try {
				TimeUnit.MILLISECONDS.sleep(20);
			}
			catch (InterruptedException ex) {
				// A test whose time is over ends what it has started nevertheless.
			}
		}
	}

}
