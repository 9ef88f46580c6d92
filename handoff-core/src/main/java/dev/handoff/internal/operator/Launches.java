package dev.handoff.internal.operator;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.SuccessorTrigger;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.socket.ActivatedSocket;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The successors that this process starts. Safe for use by several threads.
 */
public final class Launches {

	private static final Logger logger = LoggerFactory.getLogger(Launches.class);

	private final Supplier<HandoffStatus> status;

	private final Supplier<CompletableFuture<ChildChannel>> channels;

	private final Executor executor;

	private final Duration patience;

	private final Consumer<CommandResult> failures;

	private final AtomicBoolean triggering = new AtomicBoolean();

	// Those of which it is not decided what becomes of them.
	private final Set<Process> undecided = ConcurrentHashMap.newKeySet();

	private volatile @Nullable CommandResult failure;

	private volatile @Nullable SuccessorTrigger trigger;

	/**
	 * Creates the launches of a session.
	 * @param status the session's status
	 * @param channels opens control channels for children
	 * @param executor where triggers are called
	 * @param patience how long to wait for a channel
	 * @param failures is told of successors that ended undecided, on any thread
	 */
	public Launches(Supplier<HandoffStatus> status, Supplier<CompletableFuture<ChildChannel>> channels,
			Executor executor, Duration patience, Consumer<CommandResult> failures) {
		this.status = status;
		this.channels = channels;
		this.executor = executor;
		this.patience = patience;
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
		if (starter == null) {
			answer
				.accept(new CommandResult(Verdict.NOT_CONFIGURED, "nobody has said how a successor is started", null));
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
			this.executor.execute(() -> answer.accept(trigger(starter)));
		}
	}

	private CommandResult trigger(SuccessorTrigger starter) {
		try {
			return starter.trigger();
		}
		catch (RuntimeException ex) {
			logger.warn("No successor was started", ex);
			return new CommandResult(Verdict.FAILED, "no successor was started: " + ex.getMessage(), null);
		}
		finally {
			this.triggering.set(false);
		}
	}

	/**
	 * Starts a process that has its control channel from this one, as its standard input.
	 * Not for the session's thread.
	 */
	public Process launch(ProcessBuilder builder) throws IOException {
		ChildChannel child = openChannel();
		builder.environment().put(ControlTransport.CHANNEL_VARIABLE, ControlTransport.STANDARD_INPUT);
		// Those were for this process.
		builder.environment().keySet().removeAll(ActivatedSocket.VARIABLES);
		try {
			Process process = builder.redirectInput(child.childEnd()).start();
			this.failure = null;
			this.undecided.add(process);
			CompletableFuture<Void> unused = process.onExit().thenAccept(this::ended);
			return process;
		}
		finally {
			// If the child was not started, this ends the channel.
			child.closeChildEnd().run();
		}
	}

	private ChildChannel openChannel() throws IOException {
		CompletableFuture<ChildChannel> opened = this.channels.get();
		try {
			return opened.get(this.patience.toNanos(), TimeUnit.NANOSECONDS);
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

	private void ended(Process process) {
		CommandResult ended = new CommandResult(Verdict.FAILED,
				"the successor, pid %d, ended with exit code %d".formatted(process.pid(), process.exitValue()), null);
		synchronized (this.undecided) {
			if (!this.undecided.contains(process)) {
				return;
			}
			// In this order: whoever sees that none is undecided sees why.
			this.failure = ended;
			this.undecided.remove(process);
		}
		this.failures.accept(ended);
	}

	/**
	 * Notes that a handoff's outcome is decided, so that a successor's end later on is
	 * not news.
	 */
	public void decided(HandoffReport report) {
		if (report.outcome() != HandoffReport.Outcome.REFUSED) {
			synchronized (this.undecided) {
				this.undecided.clear();
				this.failure = null;
			}
		}
	}

	/**
	 * Returns how the last successor ended, if that was before a handoff was decided.
	 */
	public @Nullable CommandResult failure() {
		return this.failure;
	}

	/**
	 * Returns whether a successor was started and it is not decided what becomes of it.
	 */
	public boolean isUndecided() {
		return !this.undecided.isEmpty();
	}

}
