package dev.handoff;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * The listeners of another process cannot be acquired (see {@link Acquisition}). That
 * process serves on, unchanged.
 */
public final class AcquisitionException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final Reason reason;

	private final long pid;

	/**
	 * Creates an exception.
	 * @param reason why not
	 * @param pid the process's id, 0 if it is not known
	 * @param detail the values
	 * @param cause the underlying failure, if there was one
	 */
	public AcquisitionException(Reason reason, long pid, String detail, @Nullable Throwable cause) {
		super("The listeners of %s cannot be acquired: %s"
			.formatted((pid != 0) ? "process " + pid : "the running process", detail), cause);
		this.reason = reason;
		this.pid = pid;
	}

	/**
	 * {@return why not}
	 */
	public Reason getReason() {
		return this.reason;
	}

	/**
	 * Returns the process's id.
	 * @return the id, 0 if it is not known
	 */
	public long getPid() {
		return this.pid;
	}

	/**
	 * Why listeners cannot be acquired.
	 */
	public enum Reason {

		/**
		 * The kernel has no pidfd_getfd(2): it is older than Linux 5.6.
		 */
		KERNEL,

		/**
		 * A seccomp filter, such as Docker's, does not let this process make the system
		 * call.
		 */
		SECCOMP,

		/**
		 * Yama forbids it: {@code /proc/sys/kernel/yama/ptrace_scope}.
		 */
		PTRACE_SCOPE,

		/**
		 * The other process is one of another user, or has more capabilities, or must not
		 * be traced, and this process lacks the capabilities for that.
		 */
		PERMISSION,

		/**
		 * It is the first process of this process's pid namespace, such as a container's:
		 * when it ends, the kernel kills every other one.
		 */
		FIRST_PROCESS,

		/**
		 * There is no such process, or the file that should name it does not.
		 */
		NO_SUCH_PROCESS,

		/**
		 * It has no listener at that address, and neither has another process.
		 */
		NO_SUCH_LISTENER,

		/**
		 * Another process has the listener at that address.
		 */
		OTHER_PROCESS,

		/**
		 * It has several sockets for that address (SO_REUSEPORT), each with an accept
		 * queue of its own.
		 */
		SEVERAL_LISTENERS,

		/**
		 * It runs in another network namespace: nobody would reach its sockets once it
		 * has ended.
		 */
		NETWORK_NAMESPACE,

		/**
		 * A system call failed, or a duplicated descriptor is not what it should be.
		 */
		FAILED

	}

}
