package dev.handoff.internal.operator;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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

	private final String first;

	private final String each;

	private LaunchMark(String first, String each) {
		this.first = first;
		this.each = each;
	}

	/**
	 * Creates a mark for a process to be started.
	 * @param environment the environment of this process
	 * @param instanceId this process's, for the mark of those that nobody has started
	 */
	static LaunchMark create(Map<String, String> environment, String instanceId) {
		String own = environment.getOrDefault(VARIABLE, "");
		int end = own.indexOf('/');
		return new LaunchMark((end > 0) ? own.substring(0, end) : instanceId, UUID.randomUUID().toString());
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
		return entry(pid).equals(VARIABLE + "=" + value());
	}

	/**
	 * Returns the processes that have this mark and live.
	 */
	List<ProcessHandle> processes() {
		return ProcessHandle.allProcesses().filter((process) -> isOn(process.pid())).toList();
	}

	/**
	 * Returns the processes that live and come from the one with this instance id by
	 * starts of successors.
	 */
	static List<ProcessHandle> descendants(String instanceId) {
		String start = VARIABLE + "=" + instanceId + "/";
		return ProcessHandle.allProcesses().filter((process) -> entry(process.pid()).startsWith(start)).toList();
	}

	private static String entry(long pid) {
		try {
			String environment = Files.readString(Path.of("/proc/%d/environ".formatted(pid)),
					StandardCharsets.ISO_8859_1);
			return Arrays.stream(environment.split("\0", -1))
				.filter((entry) -> entry.startsWith(VARIABLE + "="))
				.findFirst()
				.orElse("");
		}
		catch (IOException ex) {
			// Another user's, or it has ended.
			return "";
		}
	}

}
