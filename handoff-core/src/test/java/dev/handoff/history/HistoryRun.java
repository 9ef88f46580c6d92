package dev.handoff.history;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

import dev.handoff.history.History.Action;
import dev.handoff.history.History.Step;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Request.Operation;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.testsupport.ListeningSockets;

/**
 * One run of a history, watched by clients outside. What it judges:
 * <ul>
 * <li>No connection is refused while a process has the listener, and none fails but for a
 * process that was killed, stopped or told to terminate meanwhile.</li>
 * <li>When nothing is done any more, one process is left and serves, and all requests are
 * its; it has the one listening socket, the same as at the beginning unless all that had
 * it were ended. Nobody is left only if the last one that had it was ended.</li>
 * <li>A listener that the one who serves has not adopted refuses connections.</li>
 * <li>Whatever has happened, a new process takes over.</li>
 * <li>A process that nobody has ended exits with a code that says why, and the library
 * has logged no error.</li>
 * </ul>
 */
final class HistoryRun {

	private static final int MAX_LIVE = 4;

	private static final int CLIENTS = 2;

	// More than all deadlines together.
	private static final long SETTLE_SECONDS = 40;

	private static final int MAX_STARTS = 3;

	private static final int FILE_CHECK_SECONDS = 11;

	// What a process prints comes after the fact.
	private static final long LAG_MILLIS = 400;

	private final Servers servers;

	private final History history;

	private final Path controlSocket;

	private final int port;

	private final int extraPort;

	private final List<Member> members = new CopyOnWriteArrayList<>();

	private final List<String> violations = new CopyOnWriteArrayList<>();

	private final AtomicInteger requests = new AtomicInteger();

	// Of steps that make requests fail.
	private final AtomicLong disturbances = new AtomicLong();

	private volatile boolean over;

	private boolean gap;

	private Set<String> inodes = Set.of();

	HistoryRun(Servers servers, History history, Path directory, int port, int extraPort) {
		this.servers = servers;
		this.history = history;
		this.controlSocket = directory.resolve("control.sock");
		this.port = port;
		this.extraPort = extraPort;
	}

	/**
	 * Runs it.
	 * @return the violations, and what the processes have printed if there are any
	 */
	List<String> run() throws InterruptedException {
		List<Thread> clients = new ArrayList<>();
		try {
			start("");
			Member first = this.members.get(0);
			await(10, first::isHolder);
			this.inodes = listening(this.port);
			for (int i = 0; i < CLIENTS; i++) {
				Thread client = new Thread(this::ask, "client " + i);
				client.setDaemon(true);
				client.start();
				clients.add(client);
			}
			for (Step step : this.history.steps().subList(1, this.history.steps().size())) {
				perform(step);
			}
			judge();
		}
		finally {
			this.over = true;
			this.members.forEach(Member::end);
			for (Thread client : clients) {
				client.join(40_000);
			}
		}
		if (!this.violations.isEmpty()) {
			for (Member member : this.members) {
				this.violations.add("%s has printed:%n%s".formatted(member, member.process().output()));
			}
		}
		return List.copyOf(this.violations);
	}

	int requests() {
		return this.requests.get();
	}

	private void start(String detail) {
		String name = "process " + this.members.size();
		boolean extra = detail.equals(History.EXTRA);
		this.members.add(new Member(name,
				this.servers.start(name, this.history, this.controlSocket, this.port, extra ? this.extraPort : 0),
				extra));
	}

	private void perform(Step step) throws InterruptedException {
		if (step.action() == Action.START) {
			if (living().size() < MAX_LIVE) {
				start(step.detail());
			}
			return;
		}
		Member member = this.members.get(Math.min(step.process(), this.members.size() - 1));
		switch (step.action()) {
			case READY -> member.ready();
			case AWAIT -> await(2, () -> member.hasEntered(step.detail()) || !member.isAlive());
			case PAUSE -> TimeUnit.MILLISECONDS.sleep(Integer.parseInt(step.detail()));
			case KILL -> end(member, member::kill);
			case TERMINATE -> end(member, member::terminate);
			case STOP -> disturb(member::stop);
			case CONTINUE -> disturb(member::resume);
			case ABORT -> request(Operation.ABORT);
			case RELEASE -> request(Operation.RELEASE);
			case RECLAIM -> request(Operation.RECLAIM);
			case REMOVE -> remove();
			case GARBAGE -> send(ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
			default -> throw new IllegalArgumentException(step.toString());
		}
	}

	private void end(Member member, Runnable how) {
		if (!member.isAlive()) {
			return;
		}
		disturb(how);
		if (this.members.stream().noneMatch((other) -> other.isHolder() && !other.isForced())) {
			this.gap = true;
		}
	}

	private void disturb(Runnable how) {
		this.disturbances.incrementAndGet();
		how.run();
		this.disturbances.incrementAndGet();
	}

	private void remove() {
		try {
			Files.deleteIfExists(this.controlSocket);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	private void request(Operation operation) {
		send(FrameCodec.encode(new Request(Versions.LOWEST, Versions.HIGHEST, operation, "", Request.Format.TEXT)));
	}

	// The answer is not waited for: whoever should give it may be stopped.
	private void send(ByteBuffer bytes) {
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(this.controlSocket))) {
			channel.write(bytes);
			TimeUnit.MILLISECONDS.sleep(50);
		}
		catch (IOException ex) {
			// Nobody listens there at the moment.
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private void ask() {
		while (!this.over) {
			try {
				request();
				TimeUnit.MILLISECONDS.sleep(2);
			}
			catch (InterruptedException ex) {
				return;
			}
		}
	}

	private void request() throws InterruptedException {
		List<Member> holders = this.members.stream().filter(Member::isHolder).toList();
		long disturbancesBefore = this.disturbances.get();
		boolean mayFail = this.members.stream().anyMatch(Member::mayFail);
		try {
			this.requests.incrementAndGet();
			this.servers.ask(this.port);
		}
		catch (IOException ex) {
			TimeUnit.MILLISECONDS.sleep(LAG_MILLIS);
			if (this.over) {
				return;
			}
			if (ex instanceof ConnectException) {
				holders.stream()
					.filter((member) -> member.isHolder() && !member.isForced())
					.findFirst()
					.ifPresent((member) -> violation(
							"A connection was refused, and %s had the listener".formatted(member)));
			}
			else if (!mayFail && this.disturbances.get() == disturbancesBefore) {
				violation("A request failed, and nobody was killed, stopped or told to terminate: " + ex);
			}
		}
	}

	private void violation(String text) {
		this.violations.add(text);
	}

	private List<Member> living() {
		return this.members.stream().filter(Member::isAlive).toList();
	}

	private void judge() throws InterruptedException {
		this.members.forEach(Member::resume);
		boolean settled = await(SETTLE_SECONDS, this::isSettled);
		List<Member> left = living();
		if (!settled) {
			violation("It did not come to rest: " + this.members);
		}
		else if (left.isEmpty()) {
			if (!this.gap) {
				violation("Nobody is left, and the last one was not ended: " + this.members);
			}
		}
		else {
			judge(left.get(0));
		}
		this.members.forEach(this::judgeEnd);
		if (this.violations.isEmpty()) {
			judgeSuccession(left);
		}
	}

	private void judgeEnd(Member member) {
		String defect = member.defect();
		if (!defect.isEmpty()) {
			violation(member + ": " + defect);
		}
	}

	// Told again and again: the one that is ready may have to wait for another one's end.
	private boolean isSettled() {
		List<Member> living = living();
		if (living.isEmpty() || (living.size() == 1 && living.get(0).isServing() && !living.get(0).isForced())) {
			return true;
		}
		living.forEach(Member::ready);
		if (this.history.manual()) {
			request(Operation.RELEASE);
		}
		return false;
	}

	private void judge(Member left) {
		for (int i = 0; i < 10; i++) {
			judgeAnswer(left, this.port);
		}
		Set<String> now = listening(this.port);
		if (now.size() != 1 || !left.process().sockets().containsAll(now)) {
			violation("%s should have the one listening socket of port %d, these are there: %s".formatted(left,
					this.port, now));
		}
		if (!this.gap && !now.equals(this.inodes)) {
			violation("The listening socket was %s and is %s".formatted(this.inodes, now));
		}
		if (left.hasExtra()) {
			judgeAnswer(left, this.extraPort);
		}
		else if (!listening(this.extraPort).isEmpty()) {
			violation("Somebody listens on port %d, which %s has not adopted".formatted(this.extraPort, left));
		}
	}

	private void judgeAnswer(Member left, int asked) {
		try {
			long pid = this.servers.ask(asked);
			if (pid != left.pid()) {
				violation("Pid %d has answered, and %s is the one that serves".formatted(pid, left));
			}
		}
		catch (IOException ex) {
			violation("%s does not answer on port %d: %s".formatted(left, asked, ex));
		}
	}

	// Who serves looks every ten seconds whether its control socket's file was removed.
	// Until then a new process may not find it, and fails because the port is in use.
	private void judgeSuccession(List<Member> left) throws InterruptedException {
		for (int starts = 1; starts <= MAX_STARTS; starts++) {
			start("");
			Member successor = this.members.get(this.members.size() - 1);
			boolean settled = await(SETTLE_SECONDS, () -> isSettled() || !successor.isAlive());
			if (settled && successor.isAlive()) {
				judge(successor);
				left.forEach(this::judgeEnd);
				return;
			}
			judgeEnd(successor);
			TimeUnit.SECONDS.sleep(FILE_CHECK_SECONDS);
		}
		violation("%s could not be succeeded: %s".formatted(left, this.members));
	}

	private static boolean await(long seconds, BooleanSupplier condition) throws InterruptedException {
		long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
		while (!condition.getAsBoolean()) {
			if (deadline - System.nanoTime() < 0) {
				return false;
			}
			TimeUnit.MILLISECONDS.sleep(20);
		}
		return true;
	}

	// The address of the loopback interface is mapped in IPv6's table.
	private static Set<String> listening(int port) {
		String address = "0100007F:%04X".formatted(port);
		try {
			Map<String, String> sockets = ListeningSockets.seenBy(ProcessHandle.current().pid());
			sockets.values().removeIf((local) -> !local.endsWith(address));
			return Set.copyOf(sockets.keySet());
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
