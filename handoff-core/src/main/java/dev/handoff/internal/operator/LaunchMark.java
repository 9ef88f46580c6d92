package dev.handoff.internal.operator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A mark in the environment of a process that was started as a successor, which those
 * that it starts inherit. So it is known of a process who started it, whatever scripts
 * are in between and whether they have ended. It has two parts: the first one is that of
 * the process that began, and stays through all generations; the second one is new with
 * each start. Immutable.
 * <p>
 * Only the environment of the own user's processes can be read (proc(5)).
 */
public final class LaunchMark {

	/**
	 * The environment variable.
	 */
	static final String VARIABLE = "HANDOFF_LAUNCH";

	// A read takes some microseconds, execve(2) at most milliseconds.
	private static final int MAX_READS = 2000;

	// The start of a process is told by the boot time in seconds.
	private static final Duration IMPRECISION = Duration.ofSeconds(2);

	private final String first;

	private final String each;

	private final Instant created;

	private LaunchMark(String first, String each, Instant created) {
		this.first = first;
		this.each = each;
		this.created = created;
	}

	/**
	 * Creates a mark for a process to be started.
	 * @param environment the environment of this process
	 * @param instanceId this process's, for the mark of those that nobody has started
	 * @param now the time
	 */
	static LaunchMark create(Map<String, String> environment, String instanceId, Instant now) {
		String own = environment.getOrDefault(VARIABLE, "");
		int end = own.indexOf('/');
		return new LaunchMark((end > 0) ? own.substring(0, end) : instanceId, UUID.randomUUID().toString(), now);
	}

	/**
	 * Returns whether this process was started as a successor.
	 * @param environment its environment
	 * @return whether there is a mark
	 */
	public static boolean isOn(Map<String, String> environment) {
		return environment.containsKey(VARIABLE);
	}

	String value() {
		return this.first + "/" + this.each;
	}

	/**
	 * Returns whether the process has this mark.
	 */
	boolean isOn(long pid) {
		return entry(environment(pid)).equals(VARIABLE + "=" + value());
	}

	/**
	 * Returns the processes that have this mark and live.
	 */
	List<ProcessHandle> processes() {
		return ProcessHandle.allProcesses().filter(this::isOn).toList();
	}

	/**
	 * A process that was just forked and is in execve(2) shows no environment: it is read
	 * again until there is one.
	 */
	private boolean isOn(ProcessHandle process) {
		String environment = environment(process.pid());
		if (environment.isEmpty() && mayBeOfThisStart(process)) {
			for (int i = 0; i < MAX_READS && environment.isEmpty() && process.isAlive(); i++) {
				environment = environment(process.pid());
			}
		}
		return entry(environment).equals(VARIABLE + "=" + value());
	}

	private boolean mayBeOfThisStart(ProcessHandle process) {
		return process.info()
			.startInstant()
			.filter((start) -> start.isAfter(this.created.minus(IMPRECISION)))
			.isPresent();
	}

	/**
	 * Returns the processes that live and come from the one with this instance id by
	 * starts of successors.
	 */
	static List<ProcessHandle> descendants(String instanceId) {
		String start = VARIABLE + "=" + instanceId + "/";
		return ProcessHandle.allProcesses()
			.filter((process) -> entry(environment(process.pid())).startsWith(start))
			.toList();
	}

	private static String environment(long pid) {
		try {
			return Files.readString(Path.of("/proc/%d/environ".formatted(pid)), StandardCharsets.ISO_8859_1);
		}
		catch (IOException ex) {
			// Another user's, or it has ended.
			return "";
		}
	}

	private static String entry(String environment) {
		return Arrays.stream(environment.split("\0", -1))
			.filter((entry) -> entry.startsWith(VARIABLE + "="))
			.findFirst()
			.orElse("");
	}

}
