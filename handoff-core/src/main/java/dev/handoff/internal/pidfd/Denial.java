package dev.handoff.internal.pidfd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.AcquisitionException;
import dev.handoff.AcquisitionException.Reason;
import dev.handoff.internal.libc.LibC;
import dev.handoff.internal.libc.SystemCallException;

/**
 * Why the kernel denies access to another process, as far as {@code /proc} tells it:
 * EPERM alone does not (ptrace(2), section Ptrace access mode checking). Immutable.
 */
final class Denial {

	// capabilities(7)
	private static final int CAP_SYS_PTRACE = 19;

	private static final int ALL_TRACING_FORBIDDEN = 3;

	private static final Pattern VERSION = Pattern.compile("^(\\d+)\\.(\\d+)");

	private final Path proc;

	private final String kernel;

	private final long pid;

	private final Map<String, String> own;

	private final Map<String, String> other;

	private Denial(Path proc, String kernel, long pid) {
		this.proc = proc;
		this.kernel = kernel;
		this.pid = pid;
		this.own = status("self");
		this.other = status(Long.toString(pid));
	}

	static AcquisitionException of(long pid, SystemCallException failure) {
		Denial denial = new Denial(Path.of("/proc"), System.getProperty("os.version"), pid);
		return switch (failure.error()) {
			case LibC.ENOSYS -> denial.unknownCall(failure);
			case LibC.EPERM -> denial.forbidden(failure);
			case LibC.ESRCH -> new AcquisitionException(Reason.NO_SUCH_PROCESS, pid,
					"it has ended (%s)".formatted(failure.getMessage()), failure);
			default -> new AcquisitionException(Reason.FAILED, pid, String.valueOf(failure.getMessage()), failure);
		};
	}

	/**
	 * Explains that the descriptors of a process cannot be listed.
	 */
	static AcquisitionException of(long pid, IOException failure) {
		return in(Path.of("/proc"), System.getProperty("os.version"), pid).unreadable(failure);
	}

	static Denial in(Path proc, String kernel, long pid) {
		return new Denial(proc, kernel, pid);
	}

	/**
	 * Explains ENOSYS.
	 */
	AcquisitionException unknownCall(Exception failure) {
		if (isOldKernel()) {
			return new AcquisitionException(Reason.KERNEL, this.pid,
					"Linux %s has no pidfd_getfd(2), which came with 5.6".formatted(this.kernel), failure);
		}
		return seccomp(failure);
	}

	/**
	 * Explains EACCES in {@code /proc}, where the file permissions count as well and no
	 * filter does.
	 */
	AcquisitionException unreadable(Exception failure) {
		if (isCapable() && !isSameUser()) {
			return new AcquisitionException(Reason.PERMISSION, this.pid,
					"it runs as user %s, this process as user %s without CAP_DAC_READ_SEARCH"
						.formatted(user(this.other), user(this.own)),
					failure);
		}
		return forbidden(failure);
	}

	/**
	 * Explains EPERM.
	 */
	AcquisitionException forbidden(Exception failure) {
		boolean capable = isCapable();
		int scope = ptraceScope().orElse(0);
		if (scope >= ALL_TRACING_FORBIDDEN) {
			return new AcquisitionException(Reason.PTRACE_SCOPE, this.pid,
					"kernel.yama.ptrace_scope is %d, which forbids it to every process".formatted(scope), failure);
		}
		if (!capable && !isSameUser()) {
			return new AcquisitionException(Reason.PERMISSION, this.pid,
					"it runs as user %s, this process as user %s without CAP_SYS_PTRACE".formatted(user(this.other),
							user(this.own)),
					failure);
		}
		if (!capable && scope > 0) {
			return new AcquisitionException(Reason.PTRACE_SCOPE, this.pid,
					"kernel.yama.ptrace_scope is %d, and this process has no CAP_SYS_PTRACE".formatted(scope), failure);
		}
		if (!capable && hasMoreCapabilities()) {
			return new AcquisitionException(Reason.PERMISSION, this.pid,
					"it has capabilities that this process has not, which has no CAP_SYS_PTRACE either", failure);
		}
		if (isFiltered()) {
			return seccomp(failure);
		}
		return new AcquisitionException(Reason.PERMISSION, this.pid,
				"a security module or user namespace forbids it, or it must not be traced (PR_SET_DUMPABLE): "
						+ failure.getMessage(),
				failure);
	}

	private AcquisitionException seccomp(Exception failure) {
		return new AcquisitionException(Reason.SECCOMP, this.pid,
				"a seccomp filter of this process does not let it call pidfd_open(2) and pidfd_getfd(2): "
						+ failure.getMessage(),
				failure);
	}

	private boolean isOldKernel() {
		Matcher version = VERSION.matcher(this.kernel);
		if (!version.find()) {
			return false;
		}
		int major = Integer.parseInt(version.group(1));
		return major < 5 || (major == 5 && Integer.parseInt(version.group(2)) < 6);
	}

	private OptionalInt ptraceScope() {
		try {
			String scope = Files.readString(this.proc.resolve("sys/kernel/yama/ptrace_scope")).strip();
			return OptionalInt.of(Integer.parseInt(scope));
		}
		catch (IOException | NumberFormatException ex) {
			// A kernel without Yama.
			return OptionalInt.empty();
		}
	}

	private boolean isCapable() {
		return (capabilities(this.own, "CapEff") & 1L << CAP_SYS_PTRACE) != 0;
	}

	private boolean hasMoreCapabilities() {
		return (capabilities(this.other, "CapPrm") & ~capabilities(this.own, "CapPrm")) != 0;
	}

	private static long capabilities(Map<String, String> status, String set) {
		return Long.parseUnsignedLong(status.getOrDefault(set, "0"), 16);
	}

	/**
	 * Returns whether this process's user is the other's real, effective and saved one,
	 * and likewise the group.
	 */
	private boolean isSameUser() {
		return Stream.of("Uid", "Gid").allMatch((key) -> {
			List<String> ids = ids(this.other, key);
			List<String> ownIds = ids(this.own, key);
			return !ownIds.isEmpty() && ids.stream().limit(3).allMatch(ownIds.get(0)::equals);
		});
	}

	private static String user(Map<String, String> status) {
		return ids(status, "Uid").stream().limit(3).distinct().collect(Collectors.joining("/"));
	}

	// Real, effective, saved, of the file system.
	private static List<String> ids(Map<String, String> status, String key) {
		String ids = status.getOrDefault(key, "");
		return ids.isEmpty() ? List.of() : List.of(ids.split("\\s+", -1));
	}

	private boolean isFiltered() {
		return !this.own.getOrDefault("Seccomp", "0").equals("0");
	}

	private Map<String, String> status(String process) {
		List<String> lines = new ArrayList<>();
		try {
			lines.addAll(Files.readAllLines(this.proc.resolve(process).resolve("status")));
		}
		catch (IOException ex) {
			// As if it told nothing.
		}
		return lines.stream()
			.map((line) -> line.split(":\\s*", 2))
			.filter((parts) -> parts.length == 2)
			.collect(Collectors.toMap((parts) -> parts[0], (parts) -> parts[1].strip(), (first, second) -> first));
	}

}
