package dev.handoff.internal.operator;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.LaunchedSuccessor;
import dev.handoff.SuccessorTrigger;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.report.ReportListener;
import dev.handoff.internal.socket.ActivatedSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The successors that this process starts. Starting is safe for use by several threads,
 * what becomes of them belongs to the session's.
 */
public final class Launches implements ReportListener {

	private static final Logger logger = LoggerFactory.getLogger(Launches.class);

	// What a failed start takes from the end of its handoff to its exit, and what one
	// takes
	// whose deadline came while a handoff was under way.
	private static final Duration EXIT_PATIENCE = Duration.ofSeconds(10);

	private final Supplier<HandoffStatus> status;

	private final Supplier<CompletableFuture<ChildChannel>> channels;

	private final Executor session;

	private final Executor observers;

	private final HandoffOptions options;

	private final String instanceId;

	private final TimeSource time;

	private final Exits exits;

	private final Consumer<CommandResult> failures;

	private final AtomicBoolean triggering = new AtomicBoolean();

	private final List<Launch> launches = new ArrayList<>();

	private @Nullable CommandResult failure;

	private volatile @Nullable SuccessorTrigger trigger;

	/**
	 * Creates the launches of a session.
	 * @param status the session's status
	 * @param channels opens control channels for children
	 * @param session runs tasks on the session's thread
	 * @param observers runs tasks on the observers' thread
	 * @param options the session's options
	 * @param instanceId the process's instance id
	 * @param time the clock
	 * @param failures is told of successors that ended without a handoff
	 */
	public Launches(Supplier<HandoffStatus> status, Supplier<CompletableFuture<ChildChannel>> channels,
			Executor session, Executor observers, HandoffOptions options, String instanceId, TimeSource time,
			Consumer<CommandResult> failures) {
		this.status = status;
		this.channels = channels;
		this.session = session;
		this.observers = observers;
		this.options = options;
		this.instanceId = instanceId;
		this.time = time;
		this.exits = new Exits(time);
		this.failures = failures;
	}

	public void onTrigger(SuccessorTrigger starter) {
		this.trigger = starter;
	}

	/**
	 * Starts a successor, if somebody has said how.
	 */
	public void trigger(Consumer<CommandResult> answer) {
		SuccessorTrigger starter = this.trigger;
		HandoffStatus current = this.status.get();
		if (current.failure() != null) {
			answer.accept(CommandAnswers.off(current.failure()));
		}
		else if (starter == null) {
			answer.accept(new CommandResult(Verdict.NOT_CONFIGURED, "no way to start a successor is configured", null));
		}
		else if (current.currentHandoff() != null) {
			answer.accept(new CommandResult(Verdict.BUSY, "a handoff is under way", current.currentHandoff()));
		}
		else if (current.state() != HandoffState.SERVING) {
			answer.accept(new CommandResult(Verdict.BUSY, "this process is in " + current.state(), null));
		}
		else if (!this.triggering.compareAndSet(false, true)) {
			answer.accept(new CommandResult(Verdict.BUSY, "a successor is being started", null));
		}
		else {
			this.observers.execute(() -> answer.accept(trigger(starter)));
		}
	}

	/**
	 * Tells all that were started from here, in this generation or a later one, to
	 * terminate, and waits for them.
	 * @param limit how long to wait
	 * @return the ids of those that live
	 */
	public List<Long> terminate(Duration limit) {
		long end = this.time.nanoTime() + limit.toNanos();
		Set<ProcessHandle> told = new HashSet<>();
		List<ProcessHandle> living = LaunchMark.descendants(this.instanceId);
		// One that is told may have started another one just before.
		while (!living.isEmpty() && end - this.time.nanoTime() > 0) {
			for (ProcessHandle process : living) {
				if (told.add(process)) {
					logger.info("Pid {}, which was started from here, is told to terminate", process.pid());
					process.destroy();
				}
			}
			try {
				this.time.pause();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				break;
			}
			living = LaunchMark.descendants(this.instanceId);
		}
		return living.stream().map(ProcessHandle::pid).toList();
	}

	private CommandResult trigger(SuccessorTrigger starter) {
		try {
			return starter.trigger();
		}
		catch (Throwable ex) {
			logger.warn("No successor was started", ex);
			return new CommandResult(Verdict.FAILED, "no successor was started: " + ex, null);
		}
		finally {
			this.triggering.set(false);
		}
	}

	/**
	 * Starts a process that has its control channel from this one, as its standard input.
	 * Not for the session's thread.
	 */
	public LaunchedSuccessor launch(ProcessBuilder builder) throws IOException {
		ChildChannel child = openChannel();
		LaunchMark mark = LaunchMark.create(System.getenv(), this.instanceId, this.time.instant());
		builder.environment().put(LaunchMark.VARIABLE, mark.value());
		builder.environment().put(ControlTransport.CHANNEL_VARIABLE, ControlTransport.STANDARD_INPUT);
		// Those were for this process.
		builder.environment().keySet().removeAll(ActivatedSocket.VARIABLES);
		try {
			Process process = builder.redirectInput(child.childEnd()).start();
			Launch launch = new Launch(process, mark, this.time.nanoTime() + this.options.readyTimeout().toNanos());
			this.session.execute(() -> begun(launch));
			this.exits.of(process, () -> this.session.execute(() -> ended(launch)));
			return new LaunchedSuccessor(process, launch.outcome.copy());
		}
		finally {
			// If the child was not started, this ends the channel.
			child.closeChildEnd().run();
		}
	}

	private ChildChannel openChannel() throws IOException {
		CompletableFuture<ChildChannel> opened = this.channels.get();
		try {
			return opened.get(this.options.stepTimeout().toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (ExecutionException ex) {
			throw new IOException("No control channel for a successor could be made: " + ex.getCause(), ex);
		}
		catch (TimeoutException ex) {
			CompletableFuture<Void> unused = opened.thenAccept((late) -> late.closeChildEnd().run());
			throw new IOException("No control channel for a successor could be made in time", ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("Interrupted while a control channel was made");
		}
	}

	private void begun(Launch launch) {
		this.launches.add(launch);
		this.failure = null;
	}

	private void ended(Launch launch) {
		if (!this.launches.contains(launch)) {
			return;
		}
		// A script may have started the successor and ended.
		Optional<ProcessHandle> other = (launch.report != null) ? Optional.empty()
				: launch.mark.processes().stream().findFirst();
		if (other.isPresent()) {
			this.exits.of(other.get(), () -> this.session.execute(() -> ended(launch)));
			return;
		}
		over(launch, false);
	}

	private void over(Launch launch, boolean killed) {
		this.launches.remove(launch);
		Integer exitCode = (killed || launch.process.isAlive()) ? null : (Integer) launch.process.exitValue();
		LaunchedSuccessor.Outcome outcome = new LaunchedSuccessor.Outcome(launch.report, exitCode, killed);
		if (outcome.report() == null) {
			this.failure = new CommandResult(Verdict.FAILED,
					"%s (pid %d)".formatted(outcome.reason(), launch.process.pid()), null);
			this.failures.accept(this.failure);
		}
		// What depends on it may take its time.
		this.observers.execute(() -> launch.outcome.complete(outcome));
	}

	@Override
	public void decided(HandoffReport report) {
		if (report.role() != HandoffReport.Role.PREDECESSOR || report.outcome() == HandoffReport.Outcome.REFUSED) {
			return;
		}
		this.failure = null;
		for (Launch launch : List.copyOf(this.launches)) {
			if (launch.report == null && launch.isOf(report.peerPid())) {
				launch.report = report;
				launch.deadline = this.time.nanoTime() + EXIT_PATIENCE.toNanos();
				if (report.outcome().isCompleted() || !launch.isAlive()) {
					over(launch, false);
				}
			}
		}
	}

	/**
	 * Ends those that have not asked for the listeners in time, and those that do not end
	 * although their handoff has failed: another one would be added with each attempt.
	 */
	public void expireIfDue() {
		for (Launch launch : List.copyOf(this.launches)) {
			if (launch.deadline - this.time.nanoTime() > 0) {
				continue;
			}
			if (launch.report == null && this.status.get().currentHandoff() != null) {
				// Perhaps its own, which has deadlines.
				launch.deadline = this.time.nanoTime() + EXIT_PATIENCE.toNanos();
			}
			else if (launch.report != null && launch.report.steps().containsKey(HandoffReport.Step.RELEASE)) {
				// It has served, and finishes what it has in hand.
				over(launch, false);
			}
			else {
				end(launch);
			}
		}
	}

	private void end(Launch launch) {
		boolean alive = launch.isAlive();
		if (alive) {
			logger.warn("Successor pid {} is killed: it {}", launch.process.pid(), (launch.report == null)
					? "has not asked for the listeners within %s (ready-timeout)".formatted(this.options.readyTimeout())
					: "does not exit, and its handoff has failed");
			launch.kill();
		}
		over(launch, alive);
	}

	/**
	 * Returns when there is something to give up, {@code null} if there is nothing.
	 */
	public @Nullable Long dueAt() {
		return this.launches.stream()
			.map((launch) -> launch.deadline)
			.min((first, second) -> Long.signum(first - second))
			.orElse(null);
	}

	/**
	 * Returns how the last successor ended, if that was without a handoff.
	 */
	public @Nullable CommandResult failure() {
		return this.failure;
	}

	/**
	 * Returns whether a successor was started that has not been in a handoff yet.
	 */
	public boolean isAwaited() {
		return this.launches.stream().anyMatch((launch) -> launch.report == null);
	}

	private static final class Launch {

		private final Process process;

		private final LaunchMark mark;

		private final CompletableFuture<LaunchedSuccessor.Outcome> outcome = new CompletableFuture<>();

		private @Nullable HandoffReport report;

		private long deadline;

		Launch(Process process, LaunchMark mark, long deadline) {
			this.process = process;
			this.mark = mark;
			this.deadline = deadline;
		}

		// The mark of another user's process cannot be read.
		boolean isOf(long pid) {
			return this.process.pid() == pid || this.mark.isOn(pid)
					|| this.process.descendants().anyMatch((descendant) -> descendant.pid() == pid);
		}

		// A script may have started the successor and ended.
		boolean isAlive() {
			return this.process.isAlive() || !this.mark.processes().isEmpty();
		}

		void kill() {
			Set<ProcessHandle> processes = new HashSet<>(this.mark.processes());
			this.process.descendants().forEach(processes::add);
			processes.add(this.process.toHandle());
			processes.forEach(ProcessHandle::destroyForcibly);
		}

	}

}
