package dev.handoff.internal.session;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.Drain;
import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffException;
import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.ListenersDroppedException;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.ServiceManager;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.holdings.Incumbent;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.operator.PendingCommand;
import dev.handoff.internal.operator.CommandAnswers;
import dev.handoff.internal.operator.Launches;
import dev.handoff.internal.operator.Operators;
import dev.handoff.internal.report.Observers;
import dev.handoff.internal.report.Occurrence;
import dev.handoff.internal.report.Recorder;
import dev.handoff.internal.report.Reports;
import dev.handoff.internal.report.ServiceNotices;
import dev.handoff.internal.report.Transition;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import dev.handoff.internal.rules.SessionRules;
import dev.handoff.internal.rules.SessionState;
import dev.handoff.internal.rules.Reaction;
import dev.handoff.internal.rules.Timer;
import dev.handoff.internal.text.DurationText;
import dev.handoff.internal.work.Background;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs one process's part in handoffs: feeds the {@link SessionRules rules} with what
 * happens and does what they say, on the thread {@code handoff-session}. Public methods
 * are safe for use by several threads, except from a {@link Drain}; everything else
 * belongs to that thread.
 */
public final class Session {

	private static final Logger logger = LoggerFactory.getLogger(Session.class);

	private static final Duration DRAIN_CHECK_INTERVAL = Duration.ofMillis(20);

	// How long before the end of the drain idle connections are closed, at most.
	private static final Duration CLOSING_TIME = Duration.ofSeconds(1);

	// Connections can come faster than they are accepted.
	private static final Duration LAST_ACCEPTS = Duration.ofMillis(200);

	private static final int TOLERATED_FAILURES = 5;

	// Who wakes this thread need not wait for it.
	private static final Duration IDLE_CHECK_INTERVAL = Duration.ofMillis(200);

	// For who asks for the status while the thread is busy.
	private static final Duration STATUS_PATIENCE = Duration.ofSeconds(1);

	private final HandoffOptions options;

	private final TimeSource time;

	private final ControlTransport transport;

	private final String instanceId = UUID.randomUUID().toString();

	private final Holdings holdings;

	private final Drains drains = new Drains();

	private final Background background;

	private final Observers observers = new Observers();

	private final Reports reports = new Reports(this.observers);

	private final Operators operators;

	private final Launches launches;

	private final CommandAnswers answers = new CommandAnswers();

	private final Recorder recorder;

	private final ServiceNotices notices;

	private final Timers timers;

	private final Peers peers = new Peers();

	private final ControlSocket control;

	private final Dialling dialling;

	private final Offering offering;

	private final IncumbentWatch incumbent;

	private final DrainProgress progress;

	private final Inbox inbox;

	private final Performer performer;

	private final Narration narration;

	private final DescriptorWatch descriptors;

	private final Deadlines deadlines;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final Queue<PendingCommand> commands = new ConcurrentLinkedQueue<>();

	private final CompletableFuture<Void> started = new CompletableFuture<>();

	private final CompletableFuture<Void> terminateRequested = new CompletableFuture<>();

	private final CountDownLatch terminated = new CountDownLatch(1);

	private final Thread thread;

	private volatile SessionState state;

	private volatile HandoffState publicState = HandoffState.STARTING;

	private volatile int connections;

	// Why there are no handoffs any more.
	private volatile @Nullable String outage;

	private HandoffException failure = HandoffAbortedException.byThisProcess("the handoff's thread ended");

	private long stateSince;

	private boolean idleClosed;

	/**
	 * Creates a session that is to be {@link #start() started}.
	 * @param options the options
	 * @param transport the control socket's I/O; owned by the session from now on
	 * @param time the clock
	 * @param manager whom to tell how this process is
	 * @param incumbent where listeners are acquired from if there is no predecessor;
	 * owned by the session from now on
	 */
	public Session(HandoffOptions options, ControlTransport transport, TimeSource time, ServiceManager manager,
			Incumbent incumbent) {
		this.options = options;
		this.time = time;
		this.transport = transport;
		this.state = SessionState.initial(options.manualRelease());
		this.stateSince = time.nanoTime();
		this.holdings = new Holdings(incumbent);
		WorkLock workLock = transport.workLock(options.controlSocket());
		this.background = new Background(workLock);
		this.drains.register(this.background);
		this.operators = new Operators(options, time, new SessionDesk());
		this.launches = new Launches(this::status, () -> call(this::openChildChannel), this::run,
				this.observers::execute, options, this.instanceId, time, this.operators::launchFailed);
		this.recorder = new Recorder(this.instanceId, options.version(), time,
				List.of(this.operators, this.launches, this.reports, this.observers));
		this.notices = new ServiceNotices(manager, time, ProcessHandle.current().pid(), ServiceNotices::isKnownHere);
		this.timers = new Timers(options, time);
		this.control = new ControlSocket(options, transport, time, this.operators);
		this.dialling = new Dialling(options, this.instanceId, transport, time, this.peers, this.holdings, this.control,
				workLock);
		this.offering = new Offering(options, this.instanceId, this.holdings, workLock);
		this.incumbent = new IncumbentWatch(this.holdings, time, options.stepTimeout());
		this.progress = new DrainProgress(this.drains, time);
		this.inbox = new Inbox(options, this.peers, this.timers, this.dialling, this.control, this.recorder);
		this.performer = new Performer(options, this.peers, this.holdings, this.control, this.dialling, this.offering,
				this.incumbent, this.drains);
		this.narration = new Narration(logger, this.peers, this.drains);
		this.descriptors = new DescriptorWatch(transport, time, this.timers);
		this.deadlines = new Deadlines(time, List.of(this.timers::dueAt, this.dialling::dueAt, this.control::dueAt,
				this.incumbent::dueAt, this.operators::dueAt, this.launches::dueAt, this.descriptors::dueAt));
		this.thread = new Thread(this::runLoop, "handoff-session");
		this.thread.setDaemon(true);
	}

	/**
	 * Dials the predecessor and returns when this process has its listeners, or has found
	 * that there is none.
	 * @throws HandoffException if neither came about
	 */
	public void start() {
		this.thread.start();
		try {
			this.started.join();
		}
		catch (CompletionException ex) {
			this.observers.close();
			if (ex.getCause() instanceof HandoffException failure) {
				throw failure;
			}
			throw ex;
		}
	}

	/**
	 * Ends this process's part in an orderly way and waits until that is done.
	 */
	public void close() {
		this.terminateRequested.complete(null);
		command(Event.TERMINATE);
		// Each deadline on the way ends by itself; this one is for a thread that is
		// stuck.
		Duration limit = this.options.drainTimeout().plus(this.options.stepTimeout().multipliedBy(4));
		try {
			if (!this.terminated.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
				logger.error("Not terminated within {}, in {}", DurationText.of(limit), this.state);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.holdings.closeKept();
		this.holdings.closeFiles();
		this.observers.close();
	}

	/**
	 * Says that the application is able to serve.
	 * @throws ListenersDroppedException if it has not asked for each listener of the
	 * predecessor, and is not allowed to
	 */
	public void ready() {
		SessionState now = this.state;
		// Of a predecessor that serves no more it is better to serve a part.
		if (now.phase() == Phase.STARTING && !now.has(Flag.RELEASED) && !this.options.allowDroppedListeners()) {
			List<String> dropped = this.holdings.dropped();
			HandoffStatus.Predecessor predecessor = predecessor();
			if (!dropped.isEmpty() && predecessor != null) {
				throw new ListenersDroppedException(dropped, predecessor.pid(), this.options.controlSocket());
			}
		}
		command(Event.APPLICATION_READY);
	}

	/**
	 * Returns what this process holds, for the application to ask for.
	 */
	public Holdings holdings() {
		return this.holdings;
	}

	public Drains drains() {
		return this.drains;
	}

	public Background background() {
		return this.background;
	}

	public Observers observers() {
		return this.observers;
	}

	public Launches launches() {
		return this.launches;
	}

	public HandoffState state() {
		return this.publicState;
	}

	/**
	 * Puts a command in the queue and tells what became of it.
	 */
	public CompletableFuture<CommandResult> request(HandoffCommand command) {
		CompletableFuture<CommandResult> future = new CompletableFuture<>();
		this.commands
			.add(PendingCommand.of(command, (result) -> this.observers.execute(() -> future.complete(result))));
		wakeup();
		if (this.terminated.getCount() == 0) {
			rejectCommands();
		}
		return future;
	}

	/**
	 * Starts a successor, if a way to do so is configured.
	 */
	public CompletableFuture<CommandResult> trigger() {
		CompletableFuture<CommandResult> future = new CompletableFuture<>();
		this.launches.trigger(future::complete);
		return future;
	}

	private ChildChannel openChildChannel() throws IOException {
		ChildChannel child = this.transport.openChildChannel();
		this.control.expect(child.channel());
		return child;
	}

	/**
	 * Does something on the session's thread, or on any when that has ended.
	 */
	private <T> CompletableFuture<T> call(Callable<T> work) {
		CompletableFuture<T> future = new CompletableFuture<>();
		run(() -> {
			try {
				future.complete(work.call());
			}
			catch (Throwable ex) {
				future.completeExceptionally(ex);
			}
		});
		return future;
	}

	private void run(Runnable task) {
		this.tasks.add(task);
		wakeup();
		if (this.terminated.getCount() == 0) {
			runTasks();
		}
	}

	private void rejectCommands() {
		for (PendingCommand command = this.commands.poll(); command != null; command = this.commands.poll()) {
			command.answer().accept(CommandAnswers.terminated());
		}
	}

	/**
	 * {@return the predecessor, if connected}
	 */
	public HandoffStatus.@Nullable Predecessor predecessor() {
		return this.recorder.snapshot().predecessor();
	}

	/**
	 * {@return whether the other process of a handoff serves in place of this one}
	 */
	public boolean isServedByAnother() {
		return this.recorder.snapshot().isServedByAnother();
	}

	public HandoffStatus status() {
		// Before the rest, as it may take a while.
		int connections = connections();
		Recorder.Snapshot known = this.recorder.snapshot();
		return new HandoffStatus(known.state(), known.generation(), this.instanceId, ProcessHandle.current().pid(),
				this.holdings.status(), connections, known.predecessor(), known.successor(), known.currentHandoff(),
				known.history(), this.outage);
	}

	// The drains belong to the session's thread.
	private int connections() {
		if (Thread.currentThread() != this.thread && this.terminated.getCount() > 0) {
			try {
				return call(this::sampleConnections).get(STATUS_PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
			}
			catch (ExecutionException | TimeoutException ex) {
				logger.debug("The connections in hand are not known", ex);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
			return this.connections;
		}
		return (this.terminated.getCount() > 0) ? sampleConnections() : 0;
	}

	private int sampleConnections() {
		this.connections = this.drains.remaining();
		return this.connections;
	}

	public CompletableFuture<HandoffReport> report(String id) {
		return this.reports.await(id, this.recorder::snapshot);
	}

	public int generation() {
		return this.dialling.generation();
	}

	public String instanceId() {
		return this.instanceId;
	}

	public Optional<String> outage() {
		return Optional.ofNullable(this.outage);
	}

	public int exitCode() {
		return this.state.has(Flag.FAILED) ? 1 : 0;
	}

	private void wakeup() {
		this.transport.wakeup();
		LockSupport.unpark(this.thread);
	}

	private void command(Event event) {
		this.commands.add(PendingCommand.of(event));
		wakeup();
	}

	private void runLoop() {
		try {
			loop();
		}
		catch (Throwable ex) {
			serveOn(ex);
		}
		finally {
			try {
				tellOperators();
			}
			finally {
				end();
			}
		}
	}

	private void tellOperators() {
		this.answers.close();
		rejectCommands();
		this.operators.close();
	}

	private void end() {
		try {
			this.background.close();
			closeEverything();
		}
		finally {
			this.started.completeExceptionally(this.failure);
			this.terminated.countDown();
			rejectCommands();
			runTasks();
		}
	}

	private void closeEverything() {
		this.performer.perform(Action.CLOSE_GATE, "");
		this.performer.perform(Action.CLOSE_DESCRIPTORS, "");
		this.peers.flush();
		this.peers.close();
		this.offering.close();
		try {
			this.transport.close();
		}
		catch (IOException ex) {
			logger.debug("Cannot close the transport", ex);
		}
	}

	private void loop() throws IOException {
		int failures = 0;
		this.timers.follow(this.state);
		while (this.state.phase() != Phase.TERMINATED) {
			try {
				// Commands that succeed between two failures are no recovery.
				failures = iterate() ? 0 : failures;
			}
			catch (IOException | RuntimeException ex) {
				if (++failures > TOLERATED_FAILURES) {
					throw ex;
				}
				// The rows that lead back to who serves.
				logger.error("The thread that runs the handoff failed in {}", this.state, ex);
				this.commands.add(PendingCommand.of(Event.OPERATOR_ABORT));
				this.commands.add(PendingCommand.of(Event.OPERATOR_RECLAIM));
			}
		}
	}

	/**
	 * Does without handoffs from now on: a failure of this library must not be one of the
	 * service. Who serves, or still could, does so until it is told to terminate; who
	 * cannot finishes its connections. Each part is tried, whatever became of the one
	 * before.
	 */
	private void serveOn(Throwable cause) {
		this.failure.addSuppressed(cause);
		say("The thread that runs the handoff failed in %s. This process takes part in no handoff any more. To replace it, stop it and start the new one"
			.formatted(this.state), cause);
		attempt(this::withdraw);
		attempt(this::hangUp);
		boolean able = isAbleToServe(this.state.phase());
		if (able) {
			attempt(this.holdings::openGates);
		}
		this.outage = cause.toString();
		if (able) {
			attempt(this::awaitTermination);
			this.terminateRequested.join();
			attempt(() -> deliver(Occurrence.of(Event.TERMINATE)));
		}
		attempt(this::finish);
	}

	// Without a switch, which is a class of its own and may be what is missing.
	private static boolean isAbleToServe(Phase phase) {
		return phase != Phase.DIALLING && phase != Phase.STARTING && phase != Phase.STANDBY && phase != Phase.EXPELLED
				&& phase != Phase.DRAINING && phase != Phase.LEAVING && phase != Phase.TERMINATED;
	}

	/**
	 * Takes the row after which no peer is needed, and tells the peer, as far as this
	 * thread still can.
	 */
	private void withdraw() {
		String reason = "the thread that runs the handoff failed";
		switch (this.state.phase()) {
			case DIALLING, STARTING, STANDBY ->
				deliver(new Occurrence(Event.PREDECESSOR_GARBAGE, reason, this.failure));
			case BOUND -> {
				// The predecessor may accept as well then: two are better than none.
				deliver(new Occurrence(Event.PREDECESSOR_EOF, reason));
				deliver(new Occurrence(Event.OPERATOR_ABORT, reason));
			}
			case EXPELLED -> deliver(new Occurrence(Event.LOOKED, reason));
			case WAIT_ADOPTED, WAIT_READY -> deliver(new Occurrence(Event.OPERATOR_ABORT, reason));
			case WAIT_SERVING, OBSERVING, CONFIRMING -> deliver(new Occurrence(Event.OPERATOR_RECLAIM, reason));
			case ALONE_STARTING, SERVING, DRAINING, LEAVING, TERMINATED -> {
			}
		}
	}

	/**
	 * Leaves the control socket, so that the next start learns at once that nobody hands
	 * over.
	 */
	private void hangUp() {
		this.control.close();
		// Without it a former successor would take the end of the channel for this
		// process's death.
		this.performer.perform(Action.SEND_GONE_OLD, "");
		this.operators.close();
		this.peers.close();
	}

	private void awaitTermination() {
		while (!this.terminateRequested.isDone()) {
			runTasks();
			for (PendingCommand command = this.commands.poll(); command != null; command = this.commands.poll()) {
				if (command.event() == Event.APPLICATION_READY) {
					deliver(Occurrence.of(command.event()));
				}
				command.answer().accept(CommandAnswers.off(this.outage));
			}
			LockSupport.parkNanos(this, IDLE_CHECK_INTERVAL.toNanos());
		}
	}

	private void finish() {
		long end = this.time.nanoTime() + this.options.drainTimeout().toNanos();
		while (isFinishing()) {
			runTasks();
			if (this.drains.remaining() == 0) {
				deliver(Occurrence.of(Event.DRAINED));
			}
			else if (end - this.time.nanoTime() <= 0) {
				this.drains.closeIdle();
				deliver(Occurrence.of(Event.DRAIN_DEADLINE));
			}
			else {
				LockSupport.parkNanos(this, DRAIN_CHECK_INTERVAL.toNanos());
			}
		}
	}

	private static void attempt(Runnable part) {
		try {
			part.run();
		}
		catch (Throwable ex) {
			say("A step without handoffs failed", ex);
		}
	}

	private static void say(String message, Throwable cause) {
		try {
			logger.error(message, cause);
		}
		catch (Throwable ex) {
			// What is missing may be a part of the logging system.
			System.err.println(message + ": " + cause);
		}
	}

	/**
	 * Does what is to be done next.
	 * @return whether there was nothing, and the wait for more went well
	 */
	private boolean iterate() throws IOException {
		runTasks();
		// Before a command is looked at that may have waited for it.
		this.peers.flush();
		this.offering.letGo();
		Occurrence occurrence = nextOccurrence();
		if (occurrence != null) {
			deliver(occurrence);
			return false;
		}
		if (this.state.phase() == Phase.DRAINING && this.peers.down != null) {
			this.progress.tell(this.peers.down);
		}
		this.operators.attend();
		this.transport.poll(pollTimeout());
		return true;
	}

	private void runTasks() {
		for (Runnable task = this.tasks.poll(); task != null; task = this.tasks.poll()) {
			task.run();
		}
	}

	/**
	 * Returns what happens next: messages first, so that timers and commands meet a
	 * process that knows all it was told.
	 */
	private @Nullable Occurrence nextOccurrence() throws IOException {
		Occurrence occurrence = this.inbox.next();
		if (occurrence == null && mayTakeCommand()) {
			occurrence = takeCommand();
		}
		if (occurrence == null && isFinishing()) {
			// Before the deadline is looked at, which a busy machine may have missed.
			closeIdleInTime();
		}
		if (occurrence == null) {
			// Before the window that it may cut off ends.
			occurrence = this.descriptors.checkIfDue();
		}
		if (occurrence == null) {
			occurrence = this.timers.due().map((timer) -> timedOut(timer)).orElse(null);
		}
		if (occurrence == null && isFinishing()) {
			occurrence = (this.drains.remaining() == 0) ? Occurrence.of(Event.DRAINED) : null;
		}
		if (occurrence == null) {
			this.incumbent.checkIfDue();
			this.control.checkFileIfDue(this.state.phase() == Phase.SERVING);
			this.launches.expireIfDue();
			occurrence = this.dialling.retryIfDue();
		}
		return occurrence;
	}

	// Descriptors that wait to be written must not be closed before.
	private boolean mayTakeCommand() {
		PendingCommand next = this.commands.peek();
		return next == null || next.event() != Event.TERMINATE || !this.offering.isUnsent();
	}

	private @Nullable Occurrence takeCommand() {
		PendingCommand command = this.commands.poll();
		if (command == null) {
			return null;
		}
		this.answers.taken(command);
		if (command.event() == Event.TERMINATE && this.state.phase() == Phase.SERVING) {
			this.drains.leave();
			this.holdings.leave(LAST_ACCEPTS);
		}
		return Occurrence.of(command.event());
	}

	private Occurrence timedOut(Timer timer) {
		String time = DurationText.of(this.timers.duration(timer));
		return switch (timer) {
			case CONNECT -> this.dialling.timedOut();
			case STEP -> new Occurrence(timer.event(), "no answer within " + time);
			case READY -> new Occurrence(timer.event(), "the successor was not ready within " + time);
			case OBSERVATION -> new Occurrence(timer.event(), "the successor did not confirm within " + time);
			case WINDOW -> new Occurrence(timer.event(), "the observation window of %s is over".formatted(time));
			case RECLAIM -> new Occurrence(timer.event(), "no answer to the reclaim within " + time);
			case PARKED -> new Occurrence(timer.event(), "the predecessor was not done within " + time);
			case DRAIN -> new Occurrence(timer.event(), "the drain timed out after " + time);
			case LOOK -> new Occurrence(timer.event(), confirmed());
		};
	}

	private String confirmed() {
		String confirmed = "the successor confirmed";
		Duration window = this.options.observationWindow();
		if (this.state.phase() == Phase.CONFIRMING && this.time.nanoTime() - this.stateSince < window.toNanos()) {
			String reason = this.inbox.confirmation();
			return "%s before the observation window of %s was over: %s".formatted(confirmed, DurationText.of(window),
					reason.isEmpty() ? "it did not say why" : reason);
		}
		return confirmed;
	}

	private boolean isFinishing() {
		return this.state.phase() == Phase.DRAINING || this.state.phase() == Phase.LEAVING;
	}

	private void closeIdleInTime() {
		Duration tenth = this.options.drainTimeout().dividedBy(10);
		Duration closingTime = (tenth.compareTo(CLOSING_TIME) < 0) ? tenth : CLOSING_TIME;
		Duration left = this.timers.untilNext();
		if (!this.idleClosed && left != null && left.compareTo(closingTime) <= 0) {
			this.idleClosed = true;
			this.drains.closeIdle();
		}
	}

	private @Nullable Duration pollTimeout() {
		return isFinishing() ? DRAIN_CHECK_INTERVAL : this.deadlines.untilNext();
	}

	private final class SessionDesk implements Operators.Desk {

		@Override
		public HandoffStatus status() {
			return Session.this.status();
		}

		@Override
		public void command(PendingCommand command) {
			Session.this.commands.add(command);
		}

		@Override
		public void trigger(Consumer<CommandResult> answer) {
			Session.this.launches.trigger((result) -> Session.this.run(() -> answer.accept(result)));
		}

		@Override
		public boolean isSuccessorAwaited() {
			return Session.this.launches.isAwaited();
		}

		@Override
		public @Nullable CommandResult launchFailure() {
			return Session.this.launches.failure();
		}

	}

	private void deliver(Occurrence occurrence) {
		@Nullable Occurrence next = occurrence;
		while (next != null) {
			next = react(next);
		}
	}

	/**
	 * Does what the rules say.
	 * @return what happened because of that, {@code null} if nothing did
	 */
	private @Nullable Occurrence react(Occurrence occurrence) {
		SessionState before = this.state;
		Reaction reaction = SessionRules.apply(before, occurrence.event());
		if (!reaction.isNamed()) {
			logger.debug("{} ignored in {}", occurrence.event(), before);
			if (occurrence.event() == Event.HELLO) {
				// It must not wait for an answer that does not come.
				this.control.dismissGreeted();
			}
			this.answers.ignored(before, occurrence.event(), this.recorder.snapshot().currentHandoff());
			return null;
		}
		logger.debug("{} in {}: {}, then {}", occurrence.event(), before, reaction.actions(), reaction.state());
		PeerIdentity dialler = this.performer.dialler();
		this.state = reaction.state();
		this.notices.before(reaction.actions(), this.performer.facts(dialler).successor());
		Occurrence consequence = null;
		for (Action action : reaction.actions()) {
			Occurrence result = this.performer.perform(action, occurrence.detail());
			consequence = (result != null) ? result : consequence;
		}
		this.timers.follow(this.state);
		this.descriptors.follow(this.state);
		Transition transition = new Transition(before, occurrence, reaction.actions(), this.state,
				this.performer.facts(dialler));
		String handoff = this.recorder.snapshot().currentHandoff();
		this.notices.after(transition);
		this.recorder.record(transition);
		publish(occurrence);
		this.answers.applied(transition, handoff);
		if (before.phase() == Phase.DIALLING && this.state.phase() != Phase.DIALLING) {
			dialled(occurrence);
		}
		HandoffException verdict = occurrence.failure();
		if (this.state.phase() == Phase.EXPELLED && verdict != null) {
			this.holdings.refuse(verdict);
		}
		return consequence;
	}

	private void dialled(Occurrence occurrence) {
		if (this.state.phase() != Phase.TERMINATED) {
			this.started.complete(null);
			return;
		}
		HandoffException told = occurrence.failure();
		this.failure = (told != null) ? told : HandoffAbortedException.byThisProcess(occurrence.detail());
	}

	private void publish(Occurrence occurrence) {
		HandoffState from = this.publicState;
		HandoffState to = this.state.phase().state();
		if (from == to) {
			return;
		}
		long now = this.time.nanoTime();
		Duration spent = Duration.ofNanos(now - this.stateSince).truncatedTo(ChronoUnit.MILLIS);
		this.stateSince = now;
		this.publicState = to;
		this.background.serving(to.isServing());
		this.narration.tell(occurrence, from, to, this.state, generation(), spent);
		this.observers.notify(new StateChange(from, to, generation(), occurrence.detail()));
	}

}
