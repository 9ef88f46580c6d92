package dev.handoff;

import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.List;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A server process for tests: answers one line a connection, obeys commands on its
 * standard input and reports on its standard output.
 */
public final class TestServer {

	private final List<Listener> listeners = new CopyOnWriteArrayList<>();

	private final AtomicLong finished = new AtomicLong();

	private final List<FileInputStream> filling = new ArrayList<>();

	private TestServer() {
	}

	public static void main(String[] args) throws Exception {
		new TestServer().run(args);
	}

	private void run(String[] args) throws Exception {
		Handoff handoff;
		try {
			handoff = Handoff.start(options());
		}
		catch (HandoffException ex) {
			say("failed %s: %s".formatted(ex.getClass().getSimpleName(), ex.getMessage()));
			System.exit(3);
			return;
		}
		handoff.addObserver((change) -> say(
				"state %s generation %d (%s)".formatted(change.to(), change.generation(), change.reason())));
		handoff.register(this::inHand);
		handoff.addObserver((change) -> {
			if (change.to() == HandoffState.TERMINATED) {
				System.exit(handoff.exitCode());
			}
		});
		handoff.addObserver(new HandoffObserver() {

			@Override
			public void stateChanged(StateChange change) {
			}

			@Override
			public void handoffReported(HandoffReport report) {
				say("report %s %s %s %s waiting %s".formatted(report.id(), report.role(), report.outcome(),
						report.steps().keySet(), report.waitingAtRelease()));
			}

		});
		if (Boolean.getBoolean("test.trigger")) {
			handoff.onTrigger(() -> {
				say("triggered");
				return new CommandResult(CommandResult.Verdict.APPLIED, "started", null);
			});
		}
		String launch = System.getProperty("test.launch");
		if (launch != null) {
			handoff.onTrigger(() -> {
				try {
					launch(handoff, launch);
				}
				catch (IOException ex) {
					throw new UncheckedIOException(ex);
				}
				return new CommandResult(CommandResult.Verdict.APPLIED, "started", null);
			});
		}
		Runtime.getRuntime().addShutdownHook(new Thread(handoff::close));
		for (String listener : Arrays.copyOfRange(args, 0, args.length)) {
			String[] nameAndAddress = listener.split("=", 2);
			String address = nameAndAddress[1];
			if (address.startsWith("unix:")) {
				listen(handoff, nameAndAddress[0], UnixDomainSocketAddress.of(address.substring("unix:".length())));
			}
			else if (address.startsWith("udp:")) {
				echo(handoff, nameAndAddress[0], internetAddress(address.substring("udp:".length())));
			}
			else {
				listen(handoff, nameAndAddress[0], internetAddress(address));
			}
		}
		say("started generation %d".formatted(handoff.generation()));
		BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
		for (String command = commands.readLine(); command != null; command = commands.readLine()) {
			obey(handoff, command);
		}
		String launched = System.getProperty("test.launched");
		if (launched != null) {
			say("input ended");
			if (launched.equals("ready")) {
				handoff.ready();
			}
			new CountDownLatch(1).await();
		}
	}

	private static InetSocketAddress internetAddress(String text) {
		int colon = text.lastIndexOf(':');
		return new InetSocketAddress(text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
	}

	private void echo(Handoff handoff, String name, InetSocketAddress address) {
		DatagramListener listener = handoff.datagramListener(name, address);
		say("listener %s %s %s".formatted(name, listener.address(), listener.origin()));
		Thread receiver = new Thread(() -> {
			ByteBuffer buffer = ByteBuffer.allocate(1024);
			try {
				for (SocketAddress sender = listener.receive(buffer); sender != null; sender = listener
					.receive(buffer)) {
					String text = StandardCharsets.UTF_8.decode(buffer.flip()).toString();
					String answer = "%s from generation %d".formatted(text, handoff.generation());
					listener.send(StandardCharsets.UTF_8.encode(answer), sender);
					buffer.clear();
				}
			}
			catch (IOException ex) {
				say("receive failed " + ex);
			}
		}, "receiver-" + name);
		receiver.setDaemon(true);
		receiver.start();
	}

	private void listen(Handoff handoff, String name, SocketAddress address) {
		Listener listener;
		try {
			listener = handoff.listener(name, address);
		}
		catch (HandoffException ex) {
			say("failed %s: %s".formatted(ex.getClass().getSimpleName(), ex.getMessage()));
			handoff.close();
			System.exit(3);
			return;
		}
		say("listener %s %s %s".formatted(name, listener.address(), listener.origin()));
		this.listeners.add(listener);
		Thread acceptor = new Thread(() -> accept(handoff, listener), "acceptor-" + name);
		acceptor.setDaemon(true);
		acceptor.start();
	}

	private void accept(Handoff handoff, Listener listener) {
		try {
			for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
				SocketChannel connection = client;
				Thread thread = new Thread(() -> serve(handoff, listener, connection), "connection");
				thread.setDaemon(true);
				thread.start();
			}
		}
		catch (IOException ex) {
			say("accept failed " + ex);
		}
	}

	// Those that the acceptor has in its hands are counted by the listener.
	private int inHand() {
		long finishedBefore = this.finished.get();
		return (int) (this.listeners.stream().mapToLong(Listener::acceptedCount).sum() - finishedBefore);
	}

	private void serve(Handoff handoff, Listener listener, SocketChannel client) {
		try (client) {
			BufferedReader reader = new BufferedReader(
					new InputStreamReader(Channels.newInputStream(client), StandardCharsets.UTF_8));
			String line = reader.readLine();
			if (line != null) {
				if (line.startsWith("wait")) {
					// The client decides how long: it sends a second line.
					reader.readLine();
				}
				String answer = "%s from generation %d pid %d listener %s%n".formatted(line, handoff.generation(),
						ProcessHandle.current().pid(), listener.name());
				Channels.newOutputStream(client).write(answer.getBytes(StandardCharsets.UTF_8));
			}
		}
		catch (IOException ex) {
			say("connection failed " + ex);
		}
		finally {
			this.finished.incrementAndGet();
		}
	}

	private static void ready(Handoff handoff) {
		try {
			handoff.ready();
		}
		catch (ListenersDroppedException ex) {
			say("not ready: " + ex.getMessage());
		}
	}

	private void obey(Handoff handoff, String command) throws IOException {
		switch (command) {
			case "ready" -> ready(handoff);
			case "release" -> request(handoff, HandoffCommand.RELEASE);
			case "abort" -> request(handoff, HandoffCommand.ABORT);
			case "reclaim" -> request(handoff, HandoffCommand.RECLAIM);
			case "launch ready", "launch hold" -> launch(handoff, command.substring("launch ".length()));
			case "close" -> {
				handoff.close();
				Runtime.getRuntime().halt(handoff.exitCode());
			}
			case "resources" -> {
				// One more each until the predecessor is gone.
				for (int i = 0; i < 1000 && handoff.status().predecessor() != null; i++) {
					LockSupport.parkNanos(10_000_000);
				}
				say("resources descriptors %d threads %d".formatted(descriptors(), Thread.getAllStackTraces().size()));
			}
			case "fill" -> fill();
			case "exit" -> Runtime.getRuntime().halt(0);
			case "throw" -> throw new IllegalStateException("told to throw");
			default -> say("unknown command " + command);
		}
	}

	/**
	 * Leaves this process no descriptor.
	 */
	private void fill() {
		// The first time, what is thrown may need one for its class.
		for (int i = 0; i < 2; i++) {
			try {
				while (true) {
					this.filling.add(new FileInputStream("/dev/null"));
				}
			}
			catch (IOException ex) {
				say("full after %d: %s".formatted(this.filling.size(), ex.getMessage()));
			}
		}
	}

	private static void request(Handoff handoff, HandoffCommand command) {
		CompletableFuture<Void> unused = handoff.request(command)
			.thenAccept((result) -> say("%s: %s".formatted(command, result.detail())));
	}

	private static void launch(Handoff handoff, String how) throws IOException {
		List<String> command = new ArrayList<>(
				List.of(Files.readString(Path.of("/proc/self/cmdline")).split("\0", -1)));
		command.remove(command.size() - 1);
		command.add(1, "-Dtest.launched=" + how);
		if (how.equals("fail")) {
			command = List.of("/bin/sh", "-c", "exit 7");
		}
		Process process = handoff.launch(new ProcessBuilder(command).inheritIO()).process();
		say("launched %d".formatted(process.pid()));
	}

	private static long descriptors() throws IOException {
		try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
			return entries.count();
		}
	}

	private static HandoffOptions options() {
		HandoffOptions.Builder builder = HandoffOptions.forApplication(System.getProperty("test.application", "test"))
			.controlSocket(Path.of(System.getProperty("test.socket")))
			.allowDroppedListeners(Boolean.getBoolean("test.drop"))
			.stepTimeout(millis("test.step", 10000))
			.connectTimeout(millis("test.connect", 40000))
			.readyTimeout(millis("test.ready", 20000))
			.observationWindow(millis("test.window", 300))
			.drainTimeout(millis("test.drain", 10000))
			.manualRelease(Boolean.getBoolean("test.manual"));
		String status = System.getProperty("test.status");
		if (status != null) {
			builder.statusSocket(Path.of(status));
		}
		String uids = System.getProperty("test.uids", "");
		if (!uids.isEmpty()) {
			Set<Long> allowed = Arrays.stream(uids.split(",", -1)).map(Long::valueOf).collect(Collectors.toSet());
			builder.allowedPeerUids(allowed);
		}
		acquisition().ifPresent(builder::acquire);
		return builder.build();
	}

	private static Optional<Acquisition> acquisition() {
		Long pid = Long.getLong("test.acquire.pid");
		String pidFile = System.getProperty("test.acquire.pid-file");
		if (pid == null && pidFile == null) {
			return Optional.empty();
		}
		Acquisition acquisition = (pid != null) ? Acquisition.ofProcess(pid)
				: Acquisition.ofPidFile(Path.of(String.valueOf(pidFile)));
		String listeners = System.getProperty("test.acquire.listeners");
		return Optional
			.of(acquisition.withSignal(Acquisition.Signal.valueOf(System.getProperty("test.acquire.signal", "TERM")))
				.withListeners((listeners != null) ? Set.of(listeners.split(",", -1)) : Set.of()));
	}

	private static Duration millis(String property, int fallback) {
		return Duration.ofMillis(Integer.getInteger(property, fallback));
	}

	private static synchronized void say(String line) {
		System.out.println(line);
	}

}
