package dev.handoff.boot.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import dev.handoff.CommandResult;
import dev.handoff.Handoff;
import dev.handoff.HandoffState;
import dev.handoff.LaunchedSuccessor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a successor with this process's own command line, or another one, in the same
 * directory and environment. One at a time. Safe for use by several threads.
 * <p>
 * A successor outlives this process, so its output cannot go through it: it goes where
 * this process's output goes, or to a file. If it fails, the last lines of that file can
 * be told. If it is none, a Spring Boot application that fails has told this process why
 * ({@link LastWordsReporter}), and a JVM that fails earlier is asked once more.
 */
public final class SuccessorLauncher {

	private static final Logger logger = LoggerFactory.getLogger(SuccessorLauncher.class);

	private static final int REMEMBERED = 10;

	// It takes about half a second, and nothing depends on it.
	private static final Duration DRY_RUN_LIMIT = Duration.ofSeconds(10);

	// Can be read if it is a file, and not if it is a pipe or a terminal.
	private static final Path OWN_OUTPUT = Path.of("/proc/self/fd/1");

	private static final Launch NOT_OVER = new Launch("", Launch.State.RUNNING, 0, null, List.of(), "", null);

	private final Handoff handoff;

	private final List<String> command;

	private final OwnCommand ownCommand = OwnCommand.ofThisProcess();

	private final @Nullable Path output;

	private final Set<LaunchCheck> checks;

	// Guarded by itself.
	private final Map<String, Running> launches = new LinkedHashMap<>();

	private int count;

	private SuccessorLauncher(Handoff handoff, List<String> command, @Nullable Path output, Set<LaunchCheck> checks) {
		this.handoff = handoff;
		this.command = List.copyOf(command);
		this.output = output;
		this.checks = Set.copyOf(checks);
	}

	/**
	 * Creates a launcher.
	 * @param handoff the process's handoff
	 * @param command the successor's command, empty for this process's own
	 * @param output the file to which the successor's output is appended, {@code null}
	 * for where this process's own goes
	 * @param checks what is looked at before a successor is started
	 * @return the launcher
	 */
	public static SuccessorLauncher of(Handoff handoff, List<String> command, @Nullable Path output,
			Set<LaunchCheck> checks) {
		SuccessorLauncher launcher = new SuccessorLauncher(handoff, command, output, checks);
		handoff.onTrigger(launcher::trigger);
		return launcher;
	}

	private CommandResult trigger() {
		Optional<CommandResult> refusal = refusal();
		if (refusal.isPresent()) {
			return refusal.get();
		}
		Optional<CompletableFuture<Launch>> launched = launch();
		if (launched.isEmpty()) {
			return new CommandResult(CommandResult.Verdict.BUSY, "a successor was started already", null);
		}
		Launch launch = launched.get().getNow(NOT_OVER);
		return (launch.state() == Launch.State.FAILED)
				? new CommandResult(CommandResult.Verdict.FAILED, launch.reason(), null)
				: new CommandResult(CommandResult.Verdict.APPLIED, "a successor was started", null);
	}

	/**
	 * Returns why no successor is to be started now.
	 * @return the reason and what to do, empty if there is none
	 */
	public Optional<CommandResult> refusal() {
		Optional<String> reason = this.checks.stream().flatMap((check) -> check.refusal().stream()).findFirst();
		reason.ifPresent((text) -> logger.warn("No successor is started: {}", text));
		return reason.map((text) -> new CommandResult(CommandResult.Verdict.NOT_CONFIGURED, text, null));
	}

	/**
	 * Starts a successor, whether there is a refusal or not.
	 * @return what becomes of it, empty if this process does not serve or has a successor
	 * already
	 */
	public Optional<CompletableFuture<Launch>> launch() {
		Running running;
		synchronized (this.launches) {
			boolean busy = this.launches.values().stream().anyMatch((earlier) -> !earlier.result.isDone());
			if (busy || this.handoff.state() != HandoffState.SERVING) {
				return Optional.empty();
			}
			running = new Running("launch-" + ++this.count);
			this.launches.put(running.id, running);
			if (this.launches.size() > REMEMBERED) {
				this.launches.remove(this.launches.keySet().iterator().next());
			}
		}
		start(running);
		return Optional.of(running.result.copy());
	}

	@SuppressWarnings("FutureReturnValueIgnored") // a failure is told by the launch
	private void start(Running running) {
		try {
			ProcessBuilder builder = builder().redirectErrorStream(this.output != null);
			if (this.output != null) {
				prepare(this.output);
				builder.redirectOutput(ProcessBuilder.Redirect.appendTo(this.output.toFile()));
			}
			else {
				builder.redirectOutput(ProcessBuilder.Redirect.INHERIT).redirectError(ProcessBuilder.Redirect.INHERIT);
			}
			Path readable = readableOutput();
			running.outputFrom = (readable != null && Files.exists(readable)) ? Files.size(readable) : 0;
			LastWords words = LastWords.expect(builder.environment());
			LaunchedSuccessor launched = launch(builder, words);
			running.pid = launched.process().pid();
			// Not its arguments: a password may be among them.
			logger.info("Started successor pid {} with {}", running.pid,
					this.command.isEmpty() ? "this process's command line" : "'%s'".formatted(this.command.get(0)));
			launched.outcome()
				.thenAccept((outcome) -> over(running, words, outcome))
				.whenComplete((told, failure) -> endIfFailed(running, failure));
		}
		catch (Throwable ex) {
			// Also a class that is missing: the next launch must be possible.
			logger.warn("The successor could not be started", ex);
			running.result.complete(new Launch(running.id, Launch.State.FAILED, 0, null, List.of(),
					String.valueOf(ex.getMessage()), null));
		}
	}

	private static void endIfFailed(Running running, @Nullable Throwable failure) {
		if (failure != null) {
			logger.warn("What became of the successor cannot be told", failure);
			running.result.complete(new Launch(running.id, Launch.State.FAILED, running.pid, null, List.of(),
					"what became of the successor cannot be told: " + failure, null));
		}
	}

	private LaunchedSuccessor launch(ProcessBuilder builder, LastWords words) throws IOException {
		try {
			return this.handoff.launch(builder);
		}
		catch (IOException | RuntimeException ex) {
			words.take();
			throw ex;
		}
	}

	private ProcessBuilder builder() throws IOException {
		if (!this.command.isEmpty()) {
			return new ProcessBuilder(this.command);
		}
		Path directory = this.ownCommand.directory();
		ProcessBuilder builder = new ProcessBuilder(this.ownCommand.arguments()).directory(directory.toFile());
		builder.environment().put("PWD", directory.toString());
		return builder;
	}

	/**
	 * Creates the file that the output goes to, for this user alone, if there is none.
	 */
	private static void prepare(Path output) throws IOException {
		if (Files.isSymbolicLink(output)) {
			throw new IOException(
					"'%s' is a symbolic link; set handoff.successor.output to the file itself".formatted(output));
		}
		Set<OpenOption> options = Set.of(StandardOpenOption.CREATE, StandardOpenOption.APPEND,
				LinkOption.NOFOLLOW_LINKS);
		Files
			.newByteChannel(output, options,
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))
			.close();
	}

	private void over(Running running, LastWords words, LaunchedSuccessor.Outcome outcome) {
		if (outcome.isCompleted()) {
			words.take();
			running.result.complete(
					new Launch(running.id, Launch.State.COMPLETED, running.pid, null, List.of(), "", outcome.report()));
			return;
		}
		List<String> lines = lastLines(running, words.take());
		// Nobody can read what the JVM has said. A program of another kind is not started
		// twice.
		if (lines.isEmpty() && this.command.isEmpty() && outcome.report() == null && outcome.exitCode() != null) {
			Thread dryRun = new Thread(() -> failedAfterDryRun(running, outcome), "handoff-dry-run");
			dryRun.setDaemon(true);
			dryRun.start();
		}
		else {
			failed(running, outcome, lines);
		}
	}

	private void failedAfterDryRun(Running running, LaunchedSuccessor.Outcome outcome) {
		List<String> lines = List.of();
		try {
			lines = dryRun();
		}
		finally {
			failed(running, outcome, lines);
		}
	}

	private static void failed(Running running, LaunchedSuccessor.Outcome outcome, List<String> lines) {
		running.result.complete(new Launch(running.id, Launch.State.FAILED, running.pid, outcome.exitCode(), lines,
				outcome.reason(), outcome.report()));
	}

	private List<String> lastLines(Running running, List<String> words) {
		Path readable = readableOutput();
		try {
			return (readable != null) ? OutputTail.of(readable, running.outputFrom) : words;
		}
		catch (IOException ex) {
			logger.warn("The successor's output cannot be read", ex);
			return words;
		}
	}

	/**
	 * Returns what the JVM says if it cannot start, or cannot load the main class. It
	 * does not run the application.
	 */
	private List<String> dryRun() {
		try {
			Path said = Files.createTempFile("handoff-", ".dry-run");
			try {
				ProcessBuilder builder = builder().redirectErrorStream(true).redirectOutput(said.toFile());
				builder.command().add(1, "--dry-run");
				Process process = builder.start();
				process.getOutputStream().close();
				if (!process.waitFor(DRY_RUN_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
					process.destroyForcibly();
					return List.of();
				}
				return (process.exitValue() != 0) ? OutputTail.of(said, 0) : List.of();
			}
			finally {
				Files.delete(said);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (IOException ex) {
			logger.debug("Why the successor did not start cannot be found out", ex);
		}
		return List.of();
	}

	private @Nullable Path readableOutput() {
		return (this.output == null && Files.isRegularFile(OWN_OUTPUT)) ? OWN_OUTPUT : this.output;
	}

	/**
	 * Returns what is known of a launch.
	 * @param id its id
	 * @return the launch, empty if it is not known any more
	 */
	public Optional<Launch> find(String id) {
		synchronized (this.launches) {
			Running running = this.launches.get(id);
			return (running != null) ? Optional.of(running.now()) : Optional.empty();
		}
	}

	/**
	 * Returns the launch that is not over.
	 * @return the launch, empty if there is none
	 */
	public Optional<Launch> current() {
		synchronized (this.launches) {
			return this.launches.values()
				.stream()
				.filter((running) -> !running.result.isDone())
				.map(Running::now)
				.findFirst();
		}
	}

	private static final class Running {

		private final String id;

		private final CompletableFuture<Launch> result = new CompletableFuture<>();

		private volatile long pid;

		private volatile long outputFrom;

		Running(String id) {
			this.id = id;
		}

		Launch now() {
			return this.result.getNow(new Launch(this.id, Launch.State.RUNNING, this.pid, null, List.of(), "", null));
		}

	}

}
