package dev.handoff;

import org.jspecify.annotations.Nullable;

/**
 * A file or pipe that another process has open, which need not know this library: it is
 * found in {@code /proc/<pid>/fd} and opened once more from there (proc(5)), which finds
 * a file that was removed, too. Immutable.
 * <p>
 * This process must see the other one in its {@code /proc}, must be of the same user or
 * have CAP_SYS_PTRACE (ptrace(2), PTRACE_MODE_READ_FSCREDS), and the permissions of the
 * file itself must let it open the file. The other process is left as it is: whoever
 * replaces it tells it to end.
 * <p>
 * A socket cannot be opened that way (ENXIO): its process must hand it over.
 *
 * @param pid the process
 * @param descriptor the number of the descriptor in that process, {@code null} for the
 * one that is open, or was before the file was removed, at the path that is asked for
 */
public record ProcessFile(long pid, @Nullable Integer descriptor) {

	public ProcessFile {
		if (pid <= 0 || (descriptor != null && descriptor < 0)) {
			throw new IllegalArgumentException(
					"Process %d has to be positive, descriptor %s not negative".formatted(pid, descriptor));
		}
	}

	/**
	 * Creates one that is found by its path.
	 * @param pid the process
	 */
	public ProcessFile(long pid) {
		this(pid, null);
	}

}
