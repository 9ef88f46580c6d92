package dev.handoff.internal.pidfd;

import java.io.FileDescriptor;

import dev.handoff.AcquisitionException;
import dev.handoff.AcquisitionException.Reason;
import dev.handoff.internal.libc.LibC;
import dev.handoff.internal.libc.SystemCallException;
import dev.handoff.internal.socket.Descriptors;

/**
 * A process, which stays the same one whatever becomes of its id (pidfd_open(2)). Used by
 * one thread at a time.
 */
final class PidFd implements AutoCloseable {

	private final long pid;

	private final FileDescriptor descriptor;

	private final int number;

	private PidFd(long pid, int number) {
		this.pid = pid;
		this.number = number;
		this.descriptor = Descriptors.of(number);
	}

	/**
	 * Opens a process.
	 * @param pid its id
	 * @return the process, to be closed by the caller
	 * @throws AcquisitionException if there is none, or the platform does not allow it
	 */
	static PidFd open(long pid) {
		try {
			return new PidFd(pid, LibC.openProcess(pid));
		}
		catch (SystemCallException ex) {
			throw (ex.error() == LibC.ESRCH)
					? new AcquisitionException(Reason.NO_SUCH_PROCESS, pid, "there is no such process", ex)
					: Denial.of(pid, ex);
		}
	}

	long pid() {
		return this.pid;
	}

	/**
	 * Duplicates a descriptor of the process (pidfd_getfd(2)).
	 * @param number its number there
	 * @return a descriptor, owned by the caller
	 * @throws AcquisitionException if that failed
	 */
	FileDescriptor take(int number) {
		try {
			return Descriptors.of(LibC.takeFromProcess(this.number, number));
		}
		catch (SystemCallException ex) {
			throw Denial.of(this.pid, ex);
		}
	}

	/**
	 * Sends a signal, unless the process has ended.
	 * @param signal the signal's number, 0 to see whether it could be sent
	 * @return whether it was sent
	 * @throws SystemCallException if this process may not
	 */
	boolean signal(int signal) throws SystemCallException {
		try {
			LibC.signal(this.number, signal);
			return true;
		}
		catch (SystemCallException ex) {
			if (ex.error() == LibC.ESRCH) {
				return false;
			}
			throw ex;
		}
	}

	/**
	 * Closes it. Closing twice has no effect.
	 */
	@Override
	public void close() {
		Descriptors.close(this.descriptor);
	}

}
