package dev.handoff.internal.session;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
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
import java.util.function.Consumer;

import dev.handoff.AppendFile;
import dev.handoff.BackgroundWork;
import dev.handoff.CommandResult;
import dev.handoff.DatagramListener;
import dev.handoff.Drain;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffException;
import dev.handoff.HandoffObserver;
import dev.handoff.HandoffObserver.StateChange;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.Listener;
import dev.handoff.NamedPipe;
import dev.handoff.ProcessFile;
import dev.handoff.SuccessorTrigger;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.ServiceManager;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.holdings.Incumbent;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.operator.Command;
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
import dev.handoff.internal.rules.Step;
import dev.handoff.internal.rules.Timer;
import dev.handoff.internal.socket.ActivatedSocket;
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

	private static final int TOLERATED_FAILURES = 5;

	// For who asks for the status while the thread is busy.
	private static final Duration STATUS_PATIENCE = Duration.ofSeconds(1);

	private final HandoffOptions options;

	private final TimeSource time;

	private final ControlTransport transport;

	private final String instanceId = UUID.randomUUID().toString();

	private final Holdings listeners;

	private final Drains drains = new Drains();

	private final Background background;

	private final Observers observers = new Observers();

	private final Reports reports = new Reports(this.observers);

	private final Recorder recorder;

	private final ServiceNotices notices;

	private final Timers timers;

	private final Inbox inbox;

	private final Performer performer;

	private final Operators operators;

	private final Launches launches;

	private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

	private final CommandAnswers answers = new CommandAnswers();

	private final Queue<Command> commands = new ConcurrentLinkedQueue<>();

	private final CompletableFuture<Void> started = new CompletableFuture<>();

	private final CompletableFuture<Void> terminateRequested = new CompletableFuture<>();

	private final CountDownLatch terminated = new CountDownLatch(1);

	private final Thread thread;

	private volatile SessionState state;

	private volatile HandoffState publicState = HandoffState.STARTING;

	private volatile int connections;

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
		this.listeners = new Holdings(incumbent);
		this.time = time;
		this.transport = transport;
		this.state = SessionState.initial(options.manualRelease());
		this.timers = new Timers(options, time);
		Peers peers = new Peers();
		this.recorder = new Recorder(this.instanceId, time, this.reports);
		this.notices = new ServiceNotices(manager, time, ProcessHandle.current().pid(), ServiceNotices::isKnownHere);
		this.performer = new Performer(options, this.instanceId, transport, time, peers, this.listeners, this.drains,
				this.recorder);
		this.operators = new Operators(options, time, new SessionDesk());
		this.launches = new Launches(this::status, () -> call(this::openChildChannel), this.observers::execute,
				options.stepTimeout(), (failure) -> run(() -> this.operators.launchFailed(failure)));
		this.inbox = new Inbox(options, transport, time, peers, this.listeners, this.timers, this.performer,
				this.operators);
		this.background = new Background(transport.workLock(options.controlSocket()));
		this.drains.register(this.background);
		this.stateSince = time.nanoTime();
		this.thread = new Thread(this::run, "handoff-session");
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
				logger.error("Not terminated within {}, in {}", limit, this.state);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		this.listeners.closeFiles();
		this.observers.close();
	}

	/**
	 * Takes the sockets that the service manager passed, for listeners that no
	 * predecessor offers. To be called before {@link #start()}.
	 */
	public void activate(List<ActivatedSocket> passed) {
		this.listeners.activate(passed);
	}

	public void ready() {
		command(Event.APPLICATION_READY);
	}

	public void release() {
		command(Event.OPERATOR_RELEASE);
	}

	public void abort() {
		command(Event.OPERATOR_ABORT);
	}

	public void reclaim() {
		command(Event.OPERATOR_RECLAIM);
	}

	public Listener listener(String name, SocketAddress address, int backlog) {
		return this.listeners.claim(name, address, backlog);
	}

	public DatagramListener datagramListener(String name, InetSocketAddress address) {
		return this.listeners.claimDatagrams(name, address);
	}

	public AppendFile appendFile(String name, Path path, @Nullable ProcessFile source) {
		return this.listeners.claimFile(name, path, source);
	}

	public NamedPipe namedPipe(String name, Path path, @Nullable ProcessFile source) {
		return this.listeners.claimPipe(name, path, source);
	}

	public List<Listener> listeners() {
		return this.listeners.snapshot();
	}

	public void register(Drain drain) {
		this.drains.register(drain);
	}

	public void register(BackgroundWork work) {
		this.background.register(work);
	}

	public void addObserver(HandoffObserver observer) {
		this.observers.add(observer);
	}

	public HandoffState state() {
		return this.publicState;
	}

	/**
	 * Puts a command in the queue and tells what became of it.
	 */
	public CompletableFuture<CommandResult> request(HandoffCommand command) {
		CompletableFuture<CommandResult> future = new CompletableFuture<>();
		this.commands.add(Command.of(command, (result) -> this.observers.execute(() -> future.complete(result))));
		this.transport.wakeup();
		if (this.terminated.getCount() == 0) {
			rejectCommands();
		}
		return future;
	}

	/**
	 * Starts a successor, if somebody has said how.
	 */
	public CompletableFuture<CommandResult> trigger() {
		CompletableFuture<CommandResult> future = new CompletableFuture<>();
		this.launches.trigger(future::complete);
		return future;
	}

	public void onTrigger(SuccessorTrigger starter) {
		this.launches.onTrigger(starter);
	}

	/**
	 * Starts a process that has its control channel from this one. Not for the session's
	 * thread.
	 */
	public Process launch(ProcessBuilder builder) throws IOException {
		return this.launches.launch(builder);
	}

	private ChildChannel openChildChannel() throws IOException {
		ChildChannel child = this.transport.openChildChannel();
		this.inbox.expect(child.channel());
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
			catch (Exception ex) {
				future.completeExceptionally(ex);
			}
		});
		return future;
	}

	private void run(Runnable task) {
		this.tasks.add(task);
		this.transport.wakeup();
		if (this.terminated.getCount() == 0) {
			runTasks();
		}
	}

	private void rejectCommands() {
		for (Command command = this.commands.poll(); command != null; command = this.commands.poll()) {
			command.answer().accept(CommandAnswers.terminated());
		}
	}

	public HandoffStatus status() {
		// Before the rest, as it may take a while.
		int connections = connections();
		Recorder.Snapshot known = this.recorder.snapshot();
		return new HandoffStatus(known.state(), known.generation(), this.instanceId, ProcessHandle.current().pid(),
				this.listeners.status(), connections, known.predecessor(), known.successor(), known.currentHandoff(),
				known.history());
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
		return this.performer.generation();
	}

	public String instanceId() {
		return this.instanceId;
	}

	public int exitCode() {
		return this.state.has(Flag.FAILED) ? 1 : 0;
	}

	private void command(Event event) {
		this.commands.add(Command.of(event));
		this.transport.wakeup();
	}

	private void run() {
		try {
			loop();
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
			this.performer.close();
		}
		finally {
			this.started.completeExceptionally(this.performer.failure());
			this.terminated.countDown();
			rejectCommands();
			runTasks();
		}
	}

	private void loop() {
		int failures = 0;
		this.timers.follow(this.state);
		this.performer.perform(Action.DIAL);
		while (this.state.phase() != Phase.TERMINATED) {
			try {
				// Commands that succeed between two failures are no recovery.
				failures = iterate() ? 0 : failures;
			}
			catch (IOException | RuntimeException ex) {
				logger.error("The handoff's thread failed in {}", this.state, ex);
				failures++;
				recover(failures);
			}
		}
	}

	/**
	 * Takes the rows that lead back to who serves. Where the thread goes on failing, a
	 * process that serves alone serves on without handoffs; one in the middle of a
	 * handoff must not live on, because its peer would judge by its silence.
	 */
	private void recover(int failures) {
		if (failures <= TOLERATED_FAILURES) {
			this.commands.add(Command.of(Event.OPERATOR_ABORT));
			this.commands.add(Command.of(Event.OPERATOR_RECLAIM));
		}
		else if (this.state.phase() == Phase.SERVING) {
			logger.error("No handoff is possible any more, still serving until told to terminate");
			this.performer.closeControl();
			this.terminateRequested.join();
			deliver(Occurrence.of(Event.TERMINATE));
			deliver(Occurrence.of(Event.DRAINED));
		}
		else {
			logger.error("The handoff cannot go on, the process halts");
			Runtime.getRuntime().halt(70);
		}
	}

	/**
	 * Does what is to be done next.
	 * @return whether there was nothing, and the wait for more went well
	 */
	private boolean iterate() throws IOException {
		runTasks();
		// Before a command is looked at that may have waited for it.
		this.performer.flush();
		Occurrence occurrence = nextOccurrence();
		if (occurrence != null) {
			deliver(occurrence);
			return false;
		}
		this.performer.reportProgress(this.state);
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
		Occurrence occurrence = this.performer.takeOutcome();
		if (occurrence == null) {
			occurrence = this.inbox.next(this.state);
		}
		if (occurrence == null && mayTakeCommand()) {
			occurrence = takeCommand();
		}
		if (occurrence == null && isFinishing()) {
			// Before the deadline is looked at, which a busy machine may have missed.
			closeIdleInTime();
		}
		if (occurrence == null) {
			occurrence = this.timers.due().map((timer) -> timedOut(timer)).orElse(null);
		}
		if (occurrence == null && isFinishing()) {
			occurrence = (this.drains.remaining() == 0) ? Occurrence.of(Event.DRAINED) : null;
		}
		if (occurrence == null) {
			this.performer.retryIfDue(this.state);
			occurrence = this.performer.takeOutcome();
		}
		return occurrence;
	}

	// Descriptors that wait to be written must not be closed before.
	private boolean mayTakeCommand() {
		Command next = this.commands.peek();
		return next == null || next.event() != Event.TERMINATE || !this.performer.hasUnsentDescriptors();
	}

	private @Nullable Occurrence takeCommand() {
		Command command = this.commands.poll();
		if (command == null) {
			return null;
		}
		this.answers.taken(command);
		return Occurrence.of(command.event());
	}

	private Occurrence timedOut(Timer timer) {
		return new Occurrence(timer.event(), "%s after %s".formatted(timer.event(), this.timers.duration(timer)));
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
		Duration timeout = this.timers.untilNext();
		if (isFinishing()) {
			return DRAIN_CHECK_INTERVAL;
		}
		Duration limited = this.performer.limit(timeout);
		Duration operator = this.operators.untilNext();
		return (limited == null || (operator != null && operator.compareTo(limited) < 0)) ? operator : limited;
	}

	private final class SessionDesk implements Operators.Desk {

		@Override
		public HandoffStatus status() {
			return Session.this.status();
		}

		@Override
		public void command(Command command) {
			Session.this.commands.add(command);
		}

		@Override
		public void trigger(Consumer<CommandResult> answer) {
			Session.this.launches.trigger((result) -> Session.this.run(() -> answer.accept(result)));
		}

		@Override
		public boolean isSuccessorAwaited() {
			return Session.this.launches.isUndecided();
		}

		@Override
		public @Nullable CommandResult launchFailure() {
			return Session.this.launches.failure();
		}

	}

	private void deliver(Occurrence occurrence) {
		SessionState before = this.state;
		Step step = SessionRules.apply(before, occurrence.event());
		if (!step.isNamed()) {
			logger.debug("{} ignored in {}", occurrence.event(), before);
			this.performer.ignored(occurrence.event());
			this.answers.ignored(before, occurrence.event(), this.recorder.snapshot().currentHandoff());
			return;
		}
		logger.debug("{} in {}: {}, then {}", occurrence.event(), before, step.actions(), step.state());
		this.performer.reason(occurrence.detail());
		this.performer.fail(occurrence, this.timers);
		PeerIdentity dialler = this.performer.dialler();
		this.state = step.state();
		this.notices.before(step.actions(), this.performer.facts(dialler).successor());
		step.actions().forEach(this.performer::perform);
		this.timers.follow(this.state);
		Transition transition = new Transition(before, occurrence, step.actions(), this.state,
				this.performer.facts(dialler));
		String handoff = this.recorder.snapshot().currentHandoff();
		this.notices.after(transition);
		this.recorder.record(transition);
		this.recorder.takeDecided().forEach(this::decided);
		publish(occurrence);
		this.answers.applied(transition, handoff);
		if (before.phase() == Phase.DIALLING && this.state.phase() != Phase.DIALLING
				&& this.state.phase() != Phase.TERMINATED) {
			this.started.complete(null);
		}
	}

	private void decided(HandoffReport report) {
		this.operators.decided(report);
		this.launches.decided(report);
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
		Narration.tell(logger, occurrence, from, to, this.state, this.performer, spent);
		this.observers.notify(new StateChange(from, to, generation(), occurrence.detail()));
	}

}
