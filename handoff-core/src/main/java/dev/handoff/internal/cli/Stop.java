package dev.handoff.internal.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.HandoffState;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Request.Operation;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.text.DurationText;

/**
 * Stops the service, whatever generation serves and in whatever phase it is. A signal to
 * one process is not enough: within the observation window the predecessor serves again,
 * and a successor that starts takes over. So whoever serves is told, until nobody does.
 */
final class Stop {

	// A process that starts has its gates closed and answers later.
	private static final Duration ANSWER = Duration.ofSeconds(2);

	private static final Duration PAUSE = Duration.ofMillis(200);

	private static final Pattern PID = Pattern.compile("^pid: (\\d+)$", Pattern.MULTILINE);

	private static final Pattern STARTED = Pattern.compile("^started: (\\S+)$", Pattern.MULTILINE);

	private final OperatorClient client = new OperatorClient();

	private final TimeSource time = TimeSource.system();

	private final Path socket;

	private final Duration timeout;

	private final PrintStream out;

	private final Set<ProcessHandle> told = new LinkedHashSet<>();

	private String missing = "";

	Stop(Path socket, Duration timeout, PrintStream out) {
		this.socket = socket;
		this.timeout = timeout;
		this.out = out;
	}

	/**
	 * Returns when all have ended.
	 * @throws CommandFailure if nobody serves from the beginning, if a process cannot be
	 * told, or if they take too long
	 */
	void run() throws CommandFailure {
		long end = this.time.nanoTime() + this.timeout.toNanos();
		while (end - this.time.nanoTime() > 0) {
			if (!tellWhoServes() && this.told.stream().noneMatch(ProcessHandle::isAlive)) {
				return;
			}
			pause();
		}
		throw new CommandFailure(ExitCode.TIMED_OUT, "Not stopped within %s. These processes were told and live: %s"
			.formatted(DurationText.of(this.timeout), living()));
	}

	private String living() {
		return this.told.stream().filter(ProcessHandle::isAlive).map(ProcessHandle::pid).toList().toString();
	}

	/**
	 * Tells the process that answers to terminate, once.
	 * @return whether somebody serves or is about to
	 */
	private boolean tellWhoServes() throws CommandFailure {
		Message answer;
		try {
			answer = ask(Operation.STATUS);
		}
		catch (CommandFailure ex) {
			if (ex.exitCode() == ExitCode.NOBODY && !this.told.isEmpty()) {
				return false;
			}
			if (ex.exitCode() == ExitCode.TIMED_OUT) {
				return true;
			}
			throw ex;
		}
		if (!(answer instanceof Message.Status status)) {
			throw new CommandFailure(ExitCode.UNUSABLE, "The process did not tell its status: " + answer);
		}
		ProcessHandle process = process(status.text()).orElse(null);
		if (process == null || this.told.contains(process)) {
			return true;
		}
		if (status.state() == HandoffState.OFFERING) {
			// Else it would hand over to the successor that starts.
			abort();
		}
		this.told.add(process);
		this.out.printf("Pid %d, generation %d, is told to terminate%n", process.pid(), status.generation());
		if (!process.destroy()) {
			throw new CommandFailure(ExitCode.FAILED,
					"Pid %d cannot be told to terminate; run this as its user".formatted(process.pid()));
		}
		return true;
	}

	private void abort() {
		try {
			ask(Operation.ABORT);
		}
		catch (CommandFailure ex) {
			// The handoff has gone on meanwhile: whoever serves is asked next.
		}
	}

	private Message ask(Operation operation) throws CommandFailure {
		return this.client.ask(this.socket,
				new Request(Versions.LOWEST, Versions.HIGHEST, operation, "", Request.Format.TEXT), ANSWER);
	}

	/**
	 * Returns the process that answered, empty if it has ended. In another pid namespace
	 * the number is that of another process or of none: it has started at another time.
	 */
	private Optional<ProcessHandle> process(String status) throws CommandFailure {
		String pid = find(PID, status);
		Optional<ProcessHandle> found = pid.isEmpty() ? Optional.empty() : ProcessHandle.of(Long.parseLong(pid));
		if (found.isEmpty() && !pid.equals(this.missing)) {
			// It has ended since, or it will answer once more.
			this.missing = pid;
			return found;
		}
		String started = found.flatMap((process) -> process.info().startInstant())
			.map(Instant::toString)
			.orElse("unknown");
		if (!started.equals(find(STARTED, status))) {
			throw new CommandFailure(ExitCode.UNUSABLE,
					"Pid %s here is not the process on control socket '%s': that one runs in another pid namespace. Run this in its container"
						.formatted(pid, this.socket));
		}
		return found;
	}

	private static String find(Pattern pattern, String text) {
		Matcher matcher = pattern.matcher(text);
		return matcher.find() ? matcher.group(1) : "";
	}

	private void pause() throws CommandFailure {
		CompletableFuture<?>[] exits = this.told.stream()
			.filter(ProcessHandle::isAlive)
			.map(ProcessHandle::onExit)
			.toArray(CompletableFuture[]::new);
		try {
			CompletableFuture.anyOf(exits).get(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException | TimeoutException ex) {
			// Asked again.
		}
		catch (InterruptedException ex) {
			throw new CommandFailure(ExitCode.FAILED, "Interrupted");
		}
	}

}
