package dev.handoff.internal.session;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

import dev.handoff.CommandResult.Verdict;
import dev.handoff.Drain;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffState;
import dev.handoff.Listener;
import dev.handoff.internal.control.ServiceManager;
import dev.handoff.internal.holdings.Incumbent;
import org.jspecify.annotations.Nullable;

/**
 * A process of a test: a real session with connections that the test counts.
 */
final class Server {

	static final Duration STEP = Duration.ofSeconds(5);

	static final Duration CONNECT = Duration.ofSeconds(15);

	static final Duration READY = Duration.ofMinutes(1);

	static final Duration WINDOW = Duration.ofSeconds(10);

	static final Duration DRAIN = Duration.ofSeconds(30);

	private final Host host;

	private final MemoryTransport transport;

	private final Session session;

	private final List<String> drain = new CopyOnWriteArrayList<>();

	private volatile int connections;

	private @Nullable CompletableFuture<Void> start;

	Server(Host host, Consumer<HandoffOptions.Builder> customizer) {
		HandoffOptions.Builder options = HandoffOptions.forApplication("shop")
			.controlSocket(Path.of("/nowhere/shop.sock"))
			.stepTimeout(STEP)
			.connectTimeout(CONNECT)
			.readyTimeout(READY)
			.observationWindow(WINDOW)
			.drainTimeout(DRAIN);
		customizer.accept(options);
		this.host = host;
		this.transport = new MemoryTransport(host);
		this.session = new Session(options.build(), this.transport, host, ServiceManager.none(), Incumbent.none());
		this.session.drains().register(new Connections());
	}

	/**
	 * Begins to start, and does all that can be done without anybody else.
	 */
	Server begin() {
		this.host.began(this.transport);
		this.start = CompletableFuture.runAsync(this.session::start, Server::onOwnThread);
		this.host.settle();
		return this;
	}

	/**
	 * Starts, which succeeds.
	 */
	Server start() {
		return begin().started();
	}

	/**
	 * Waits until the start is over, which succeeds.
	 */
	Server started() {
		get(begun());
		return this;
	}

	private CompletableFuture<Void> begun() {
		if (this.start == null) {
			throw new IllegalStateException("Not begun");
		}
		return this.start;
	}

	/**
	 * Returns why the start failed.
	 */
	<T extends HandoffException> T failure(Class<T> type) {
		try {
			get(begun());
		}
		catch (CompletionException ex) {
			if (type.isInstance(ex.getCause())) {
				return type.cast(ex.getCause());
			}
			throw ex;
		}
		throw new AssertionError("Started: " + this);
	}

	boolean isStarting() {
		return !begun().isDone();
	}

	Listener listen(String name) {
		return this.session.holdings().claim(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
	}

	Server ready() {
		this.session.ready();
		this.host.settle();
		return this;
	}

	/**
	 * Tells the process to terminate, as on SIGTERM, and does not wait.
	 */
	Server terminate() {
		CompletableFuture<Void> unused = beginToClose();
		this.host.settle();
		return this;
	}

	private CompletableFuture<Void> beginToClose() {
		int before = this.transport.wakeups();
		CompletableFuture<Void> closed = CompletableFuture.runAsync(this.session::close, Server::onOwnThread);
		// Told, or at its end already.
		this.host.await(() -> closed.isDone() || this.transport.wakeups() > before);
		return closed;
	}

	// These tasks wait, and the common pool of a small machine has one thread.
	private static void onOwnThread(Runnable task) {
		Thread thread = new Thread(task, "application");
		thread.setDaemon(true);
		thread.start();
	}

	/**
	 * Gives an operator's command and returns what became of it.
	 */
	Verdict request(HandoffCommand command) {
		return get(this.session.request(command)).verdict();
	}

	/**
	 * Sets how many connections are in hand.
	 */
	Server connections(int count) {
		this.connections = count;
		return this;
	}

	HandoffState state() {
		return this.session.state();
	}

	/**
	 * Returns the last handoff's report.
	 */
	HandoffReport report() {
		return this.session.status().history().get(0);
	}

	boolean isAccepting() {
		return this.session.status().listeners().stream().allMatch((listener) -> listener.gateOpen())
				&& !this.session.holdings().snapshot().isEmpty();
	}

	List<String> drain() {
		return this.drain;
	}

	Session session() {
		return this.session;
	}

	MemoryTransport transport() {
		return this.transport;
	}

	static <T> T get(CompletableFuture<T> future) {
		try {
			return future.get(Host.PATIENCE.toSeconds(), TimeUnit.SECONDS);
		}
		catch (ExecutionException ex) {
			throw new CompletionException(ex.getCause());
		}
		catch (InterruptedException | TimeoutException ex) {
			throw new AssertionError(ex);
		}
	}

	void close() {
		if (this.start == null) {
			return;
		}
		CompletableFuture<Void> closed = beginToClose();
		this.host.await(() -> {
			// A session without handoffs does not say when its deadline begins.
			this.host.advance(DRAIN);
			return state() == HandoffState.TERMINATED;
		});
		get(closed);
	}

	@Override
	public String toString() {
		return "%s, %s".formatted(this.session.state(), this.session.status().history());
	}

	private final class Connections implements Drain {

		@Override
		public int remaining() {
			return Server.this.connections;
		}

		@Override
		public void start() {
			Server.this.drain.add("start");
		}

		@Override
		public void cancel() {
			Server.this.drain.add("cancel");
		}

		@Override
		public void closeIdle() {
			Server.this.drain.add("close idle");
		}

		@Override
		public Map<String, Integer> force() {
			Server.this.drain.add("force");
			return Map.of("request", Server.this.connections);
		}

	}

}
