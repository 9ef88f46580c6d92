package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What watches this process, if the service would end or escape its control with the
 * process, whoever has its sockets then. It is read from the process tree and the
 * environment.
 *
 * @param reason why a successor that this process starts would not do
 * @param fix what to do instead
 */
record Supervisor(String reason, String fix) {

	private static final String STAY = "let this process stay when it has been succeeded: handoff.after-drain=stay";

	private static final Set<String> SHELLS = Set.of("sh", "ash", "bash", "dash", "ksh", "mksh", "zsh");

	// As a shell with a command, they end when what they wait for does, so who started
	// them
	// counts.
	private static final Set<String> WRAPPERS = Set.of("busybox", "su", "sudo", "runuser", "doas", "timeout", "setsid",
			"script", "dbus-run-session");

	// They start a command once and end with it. The kernel cuts names off at 15 bytes.
	private static final Set<String> CONTAINER_INITS = Set.of("tini", "docker-init", "dumb-init", "catatonit",
			"podman-init", "containerd-shim", "conmon");

	private static final Set<String> SUPERVISORS = Set.of("supervisord", "runsv", "s6-supervise", "supervise",
			"supervise-daemo", "circusd", "nosh-service-ma", "dinit", "immortal", "horust", "perpd");

	// As process 1, and for a user's services, they adopt the children of others.
	private static final Set<String> SYSTEM_INITS = Set.of("systemd", "init", "openrc-init", "runit", "s6-svscan",
			"launchd", "sysvinit", "procd");

	/**
	 * Returns the supervisor that watches this process and no successor.
	 * @param environment the process's environment
	 */
	static Optional<Supervisor> ofThisProcess(Map<String, String> environment) {
		return of(Path.of("/proc"), ProcessHandle.current().pid(), environment);
	}

	static Optional<Supervisor> of(Path processes, long pid, Map<String, String> environment) {
		if (pid == 1) {
			return Optional.of(new Supervisor(
					"this process is the first one of its container (pid 1), and the kernel ends every other one with it",
					"start the next version in a container of its own, or " + STAY));
		}
		try {
			return search(processes, pid, environment);
		}
		catch (IOException ex) {
			// Another user's process, or one that has ended meanwhile.
			return Optional.empty();
		}
	}

	private static Optional<Supervisor> search(Path processes, long pid, Map<String, String> environment)
			throws IOException {
		boolean notified = environment.containsKey("NOTIFY_SOCKET");
		String started = environment.getOrDefault("SYSTEMD_EXEC_PID", "");
		long child = pid;
		while (true) {
			if (!notified && started.equals(Long.toString(child))) {
				return Optional.of(systemd());
			}
			long parent = parent(processes, child);
			if (parent == 0) {
				return Optional.of(ofContainer("a process outside"));
			}
			String name = Files.readString(processes.resolve(parent + "/comm")).strip();
			// Versions before 248 do not tell which process they have started.
			if (name.equals("systemd") && !notified && started.isEmpty() && environment.containsKey("INVOCATION_ID")) {
				return Optional.of(systemd());
			}
			if (SUPERVISORS.contains(name)) {
				return Optional.of(new Supervisor(
						"this process was started by %s (pid %d), which would start another one when this one ends, and would not watch the successor"
							.formatted(name, parent),
						"let %s start the next version, or %s".formatted(name, STAY)));
			}
			if (CONTAINER_INITS.contains(name)) {
				return Optional.of(ofContainer("%s (pid %d)".formatted(name, parent)));
			}
			if (SYSTEM_INITS.contains(name) || isInteractive(processes, parent, name)) {
				return Optional.empty();
			}
			if (parent == 1) {
				return Optional.of(ofContainer("%s (pid 1)".formatted(name)));
			}
			if (!SHELLS.contains(name) && !WRAPPERS.contains(name)) {
				return Optional.empty();
			}
			child = parent;
		}
	}

	private static Supervisor ofContainer(String starter) {
		return new Supervisor(
				"this process was started by %s, and its container ends when it does, with every other process in it"
					.formatted(starter),
				"start the next version in a container of its own, or " + STAY);
	}

	private static Supervisor systemd() {
		return new Supervisor(
				"systemd started this process without a notify socket, and ends every other process of the unit with it",
				"set Type=notify and NotifyAccess=all in the unit, or " + STAY);
	}

	// The name is in brackets and may have any character in it.
	private static long parent(Path processes, long pid) throws IOException {
		String stat = Files.readString(processes.resolve(pid + "/stat"), StandardCharsets.ISO_8859_1);
		return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ", 3)[1]);
	}

	/**
	 * Returns whether the process is a shell that waits for commands, which goes on when
	 * one of them ends.
	 */
	private static boolean isInteractive(Path processes, long pid, String name) throws IOException {
		if (!SHELLS.contains(name)) {
			return false;
		}
		String commandLine = Files.readString(processes.resolve(pid + "/cmdline"), StandardCharsets.ISO_8859_1);
		List<String> arguments = Arrays.stream(commandLine.split("\0", -1)).skip(1).toList();
		return arguments.stream()
			.filter((argument) -> !argument.isEmpty())
			.allMatch((argument) -> argument.startsWith("--") || argument.matches("[-+][a-zA-Z&&[^c]]*"));
	}

}
