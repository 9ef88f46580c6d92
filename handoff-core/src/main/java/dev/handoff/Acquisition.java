package dev.handoff;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * Which process to acquire listeners from, if there is no predecessor: the
 * <em>incumbent</em>, which takes no part in handoffs, because it does not use this
 * library or because it hangs. Its descriptors are duplicated by pidfd_getfd(2). It goes
 * on accepting until this process is ready to serve, and is then asked to finish. Needs
 * Linux 5.6 and the permission to trace the incumbent (ptrace(2)). Immutable.
 */
public final class Acquisition {

	private final @Nullable Long pid;

	private final @Nullable Path pidFile;

	private final Signal signal;

	private final Set<String> listeners;

	private Acquisition(@Nullable Long pid, @Nullable Path pidFile, Signal signal, Set<String> listeners) {
		this.pid = pid;
		this.pidFile = pidFile;
		this.signal = signal;
		this.listeners = listeners;
	}

	/**
	 * Acquires from a process, which must exist. It is asked to finish by
	 * {@link Signal#TERM}.
	 * @param pid its process id, as this process's {@code /proc} shows it
	 * @return the acquisition
	 */
	public static Acquisition ofProcess(long pid) {
		if (pid <= 0 || pid > Integer.MAX_VALUE) {
			throw new IllegalArgumentException("Process id %d must be from 1 to 2^31-1".formatted(pid));
		}
		return new Acquisition(pid, null, Signal.TERM, Set.of());
	}

	/**
	 * Acquires from the process that a file names, if there is the file and the process
	 * lives: so the configuration can stay when the incumbent is gone. It is asked to
	 * finish by {@link Signal#TERM}.
	 * @param pidFile a file that holds a process id
	 * @return the acquisition
	 */
	public static Acquisition ofPidFile(Path pidFile) {
		return new Acquisition(null, pidFile.toAbsolutePath(), Signal.TERM, Set.of());
	}

	/**
	 * Says how the incumbent is asked to finish.
	 * @param signal the signal
	 * @return a copy
	 */
	public Acquisition withSignal(Signal signal) {
		return new Acquisition(this.pid, this.pidFile, signal, this.listeners);
	}

	/**
	 * Says which listeners are acquired; others are bound. Default: all whose port is not
	 * 0, and it is an error if the incumbent does not have one of them.
	 * @param listeners the listeners' names, none for all
	 * @return a copy
	 */
	public Acquisition withListeners(Set<String> listeners) {
		return new Acquisition(this.pid, this.pidFile, this.signal, Set.copyOf(listeners));
	}

	/**
	 * Returns the incumbent's process id.
	 * @return the process id, empty if a file names it
	 */
	public OptionalLong pid() {
		return (this.pid != null) ? OptionalLong.of(this.pid) : OptionalLong.empty();
	}

	/**
	 * Returns the file that names the incumbent.
	 * @return the file's absolute path, empty if the process id is given
	 */
	public Optional<Path> pidFile() {
		return Optional.ofNullable(this.pidFile);
	}

	/**
	 * {@return how the incumbent is asked to finish}
	 */
	public Signal signal() {
		return this.signal;
	}

	/**
	 * Returns which listeners are acquired.
	 * @return the listeners' names, none for all
	 */
	public Set<String> listeners() {
		return this.listeners;
	}

	/**
	 * Signals that ask a process to finish (signal(7)).
	 */
	public enum Signal {

		/**
		 * SIGTERM, for most servers.
		 */
		TERM(15),

		/**
		 * SIGQUIT, with which nginx finishes its connections.
		 */
		QUIT(3),

		/**
		 * SIGINT.
		 */
		INT(2),

		/**
		 * SIGHUP.
		 */
		HUP(1),

		/**
		 * SIGUSR1.
		 */
		USR1(10),

		/**
		 * SIGUSR2.
		 */
		USR2(12),

		/**
		 * SIGWINCH, with which Apache finishes its connections.
		 */
		WINCH(28),

		/**
		 * SIGKILL, for a process that hangs: its connections are reset.
		 */
		KILL(9),

		/**
		 * None: somebody else ends the process. Until then both accept.
		 */
		NONE(0);

		private final int number;

		Signal(int number) {
			this.number = number;
		}

		/**
		 * Returns the signal's number on Linux.
		 * @return the number, 0 for none
		 */
		public int number() {
			return this.number;
		}

	}

}
