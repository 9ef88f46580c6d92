package dev.handoff.internal.pidfd;

import com.sun.jna.Function;
import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;

/**
 * The system calls that the JDK does not make. Their numbers are the same on all
 * processors but Alpha. Stateless.
 */
final class NativeCalls {

	static final int EPERM = 1;

	static final int ESRCH = 3;

	static final int ENOSYS = 38;

	private static final int PIDFD_SEND_SIGNAL = 424;

	private static final int PIDFD_OPEN = 434;

	private static final int PIDFD_GETFD = 438;

	private NativeCalls() {
	}

	/**
	 * Calls pidfd_open(2).
	 * @return a descriptor of the process, close-on-exec
	 * @throws SystemCallException if that failed
	 * @throws LinkageError if JNA is missing or cannot be used
	 */
	static int openProcess(long pid) throws SystemCallException {
		return call("pidfd_open", PIDFD_OPEN, pid, 0);
	}

	/**
	 * Calls pidfd_getfd(2).
	 * @return a duplicate of the process's descriptor, close-on-exec
	 */
	static int duplicate(int pidFd, int descriptor) throws SystemCallException {
		return call("pidfd_getfd", PIDFD_GETFD, pidFd, descriptor, 0);
	}

	/**
	 * Calls pidfd_send_signal(2). The signal 0 only checks whether that can be done.
	 */
	static void signal(int pidFd, int signal) throws SystemCallException {
		call("pidfd_send_signal", PIDFD_SEND_SIGNAL, pidFd, signal, 0, 0);
	}

	private static int call(String name, long... numbers) throws SystemCallException {
		Object[] arguments = new Object[numbers.length];
		for (int i = 0; i < numbers.length; i++) {
			// syscall(2) reads each of them as a long.
			arguments[i] = new NativeLong(numbers[i]);
		}
		try {
			return Function.getFunction("c", "syscall", Function.THROW_LAST_ERROR).invokeInt(arguments);
		}
		catch (LastErrorException ex) {
			throw new SystemCallException(name, ex.getErrorCode(), ex);
		}
	}

	/**
	 * A system call failed.
	 */
	static final class SystemCallException extends Exception {

		private static final long serialVersionUID = 1L;

		private final int error;

		SystemCallException(String call, int error, Throwable cause) {
			super("%s: %s".formatted(call, cause.getMessage()), cause);
			this.error = error;
		}

		int error() {
			return this.error;
		}

	}

}
