package dev.handoff.history;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import dev.handoff.HandoffState;
import dev.handoff.ServerProcess;
import dev.handoff.testsupport.ProcessTree;

/**
 * A process of a history, as it looks from outside.
 */
final class Member {

	private static final Pattern LISTENS = Pattern.compile("Listener '[^']*' (bound|inherited) at ");

	private static final Pattern STATE = Pattern.compile(" -> ([A-Z]+)\\b");

	private static final Pattern GIVEN_UP = Pattern.compile("-> (DRAINING|TERMINATED)\\b|^failed ");

	// No part of the library may fail where nobody has done anything to this machine.
	private static final Pattern DEFECT = Pattern.compile("ERROR .*dev\\.handoff|^Exception in thread|\\bNullPointer");

	// Handed over or told to; rolled back or expelled; not started.
	private static final Set<Integer> EXIT_CODES = Set.of(0, 1, 3);

	private final String name;

	private final ServerProcess process;

	private final boolean extra;

	private volatile boolean stopped;

	private volatile boolean forced;

	Member(String name, ServerProcess process, boolean extra) {
		this.name = name;
		this.process = process;
		this.extra = extra;
	}

	boolean isAlive() {
		return this.process.isAlive();
	}

	boolean hasExtra() {
		return this.extra;
	}

	long pid() {
		return this.process.pid();
	}

	ServerProcess process() {
		return this.process;
	}

	/**
	 * Returns whether it has the listener, so that connections wait for it if for nobody
	 * else. What it prints comes after the fact.
	 */
	boolean isHolder() {
		return isAlive() && this.process.last(LISTENS).isPresent() && this.process.last(GIVEN_UP).isEmpty();
	}

	/**
	 * Returns whether its end, if it ends, is not its own doing.
	 */
	boolean isForced() {
		return this.forced;
	}

	/**
	 * Returns whether a request that it has accepted may remain without an answer.
	 */
	boolean mayFail() {
		return this.stopped || (this.forced && isAlive());
	}

	boolean isServing() {
		return this.process.last(STATE)
			.filter((matcher) -> matcher.group(1).equals(HandoffState.SERVING.name()))
			.isPresent();
	}

	boolean hasEntered(String state) {
		return this.process.hasPrinted(" -> " + state + "\\b");
	}

	void ready() {
		try {
			this.process.command("ready");
		}
		catch (AssertionError ex) {
			// It is gone.
		}
	}

	void kill() {
		this.forced = true;
		ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroyForcibly);
		this.process.awaitExit();
		this.stopped = false;
	}

	void terminate() {
		this.forced = true;
		ProcessHandle.of(pid()).ifPresent(ProcessHandle::destroy);
	}

	void stop() {
		if (isAlive()) {
			this.stopped = true;
			signal("STOP");
		}
	}

	void resume() {
		if (this.stopped) {
			signal("CONT");
			this.stopped = false;
		}
	}

	private void signal(String signal) {
		try {
			this.process.signal(signal);
		}
		catch (AssertionError ex) {
			// It has ended meanwhile.
			if (isAlive()) {
				throw ex;
			}
		}
	}

	/**
	 * Returns what is wrong with it, empty if nothing is.
	 */
	String defect() {
		Optional<String> line = this.process.output().lines().filter((text) -> DEFECT.matcher(text).find()).findFirst();
		if (line.isPresent()) {
			return line.get();
		}
		if (isAlive() || this.forced) {
			return "";
		}
		int code = this.process.awaitExit();
		if (!EXIT_CODES.contains(code)) {
			return "exit code " + code;
		}
		return (code == 0 && !hasEntered("DRAINING")) ? "exit code 0, and nobody has its listener" : "";
	}

	/**
	 * Ends it.
	 */
	void end() {
		ProcessHandle.of(pid()).ifPresent(ProcessTree::end);
	}

	@Override
	public String toString() {
		return "%s (pid %d, %s%s)".formatted(this.name, pid(),
				this.process.last(STATE).map((matcher) -> matcher.group(1)).orElse("no state yet"),
				isAlive() ? "" : ", ended");
	}

}
