package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.Listener.Origin;
import dev.handoff.ControlSocketException;
import dev.handoff.internal.control.ChildChannel;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.SocketFacts;
import dev.handoff.testsupport.OpenDescriptors;
import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.AFPipe;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link UnixTransport}.
 */
@Timeout(60)
class UnixTransportTests {

	@TempDir
	Path directory;

	Path path;

	UnixTransport transport;

	@BeforeEach
	void open() throws IOException {
		this.path = this.directory.resolve("control.sock");
		this.transport = UnixTransport.open();
	}

	@AfterEach
	void close() throws IOException {
		this.transport.close();
	}

	@Test
	void dialIsEmptyWhenThereIsNoDirectory() throws IOException {
		assertThat(this.transport.dial(this.directory.resolve("none/control.sock"))).isEmpty();
	}

	@Test
	void dialIsEmptyWhenThereIsNoFile() throws IOException {
		assertThat(this.transport.dial(this.path)).isEmpty();
	}

	@Test
	void dialIsEmptyWhenNobodyHoldsTheSocket() throws IOException {
		claim().close();
		assertThat(this.path).exists();
		assertThat(this.transport.dial(this.path)).isEmpty();
	}

	@Test
	void dialFailsWhenTheQueueIsFull() throws IOException {
		ControlListener listener = claim();
		assertThatIOException().isThrownBy(() -> {
			for (int i = 0; i < 1000; i++) {
				dial();
			}
		}).withMessageContaining("its queue is full");
		assertThat(listener.accept()).isPresent();
		assertThat(this.transport.dial(this.path)).isPresent();
	}

	@Test
	void claimCreatesTheDirectoryForThisUserOnly() throws IOException {
		Path created = this.directory.resolve("app");
		try (ControlListener listener = this.transport.claim(created.resolve("control.sock")).orElseThrow()) {
			assertThat(Files.getPosixFilePermissions(created)).isEqualTo(PosixFilePermissions.fromString("rwx------"));
			assertThat(Files.getPosixFilePermissions(created.resolve("control.sock")))
				.isEqualTo(PosixFilePermissions.fromString("rw-------"));
			assertThat(listener.descriptor().valid()).isTrue();
		}
	}

	@Test
	void claimIsEmptyWhenSomebodyListens() throws IOException {
		claim();
		Object inode = Files.getAttribute(this.path, "unix:ino");
		assertThat(this.transport.claim(this.path)).isEmpty();
		assertThat(Files.getAttribute(this.path, "unix:ino")).isEqualTo(inode);
		assertThat(this.transport.dial(this.path)).isPresent();
	}

	@Test
	void claimReplacesAStaleFile() throws IOException {
		claim().close();
		ControlListener listener = claim();
		dial();
		assertThat(listener.accept()).isPresent();
	}

	@Test
	void oneOfTwoClaimantsWins() throws Exception {
		for (int round = 0; round < 20; round++) {
			Path contested = this.directory.resolve("control-%d.sock".formatted(round));
			CountDownLatch start = new CountDownLatch(1);
			List<CompletableFuture<UnixTransport>> claimants = new ArrayList<>();
			List<ControlListener> winners = new ArrayList<>();
			for (int i = 0; i < 2; i++) {
				claimants.add(CompletableFuture.supplyAsync(() -> claimAfter(start, contested, winners)));
			}
			start.countDown();
			for (CompletableFuture<UnixTransport> claimant : claimants) {
				claimant.get(20, TimeUnit.SECONDS);
			}
			assertThat(winners).hasSize(1);
			assertThat(this.transport.dial(contested)).isPresent();
			for (CompletableFuture<UnixTransport> claimant : claimants) {
				claimant.get().close();
			}
		}
	}

	private static UnixTransport claimAfter(CountDownLatch start, Path path, List<ControlListener> winners) {
		try {
			UnixTransport transport = UnixTransport.open();
			start.await();
			transport.claim(path).ifPresent((listener) -> {
				synchronized (winners) {
					winners.add(listener);
				}
			});
			return transport;
		}
		catch (IOException | InterruptedException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void claimGivesUpWhenTheLockIsHeld() throws IOException {
		try (UnixTransport impatient = UnixTransport.open(Duration.ofMillis(50))) {
			ClaimLock lock = ClaimLock.acquire(this.directory.resolve("control.sock.lock"), Duration.ZERO);
			assertThatIOException().isThrownBy(() -> impatient.claim(this.path)).withMessageContaining("PT0.05S");
			lock.close();
			assertThat(impatient.claim(this.path)).isPresent();
			assertThat(this.directory.resolve("control.sock.lock")).exists();
		}
	}

	@Test
	void closingAListenerLeavesItsFileAndOtherCopiesAlone() throws IOException {
		ControlListener first = claim();
		ControlListener second = this.transport.adopt(Descriptors.duplicate(first.descriptor()));
		first.close();
		first.close();
		assertThat(this.path).exists();
		ControlChannel dialled = dial();
		ControlChannel accepted = second.accept().orElseThrow();
		send(dialled, "hello");
		assertThat(receive(accepted)).isEqualTo("hello");
	}

	@Test
	void anAdoptedListenerAcceptsAlthoughItsFileIsAnother() throws IOException {
		ControlListener first = claim();
		ControlListener second = this.transport.adopt(Descriptors.duplicate(first.descriptor()));
		dial();
		Files.delete(this.path);
		Files.createFile(this.path);
		assertThat(second.accept()).isPresent();
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> this.transport.dial(this.path));
		assertThat(first.accept()).isEmpty();
	}

	@Test
	void adoptDeclinesAConnectedSocket() throws Exception {
		claim();
		OpenDescriptors.assertNoneLeftBehind(() -> {
			AFUNIXSocketChannel connected = AFUNIXSocketChannel.open(AFUNIXSocketAddress.of(this.path));
			assertThatIOException().isThrownBy(() -> this.transport.adopt(connected.getFileDescriptor()));
		});
	}

	@Test
	void adoptDeclinesATcpListener() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(1)) {
			FileDescriptor descriptor = received(pair, listeners.descriptors(0, 1).get(0));
			assertThatIOException().isThrownBy(() -> this.transport.adopt(descriptor));
			assertThat(OpenDescriptors.countOf(listeners.facts(0).inode())).isEqualTo(1);
		}
	}

	@Test
	void adoptDeclinesAPipe() throws Exception {
		OpenDescriptors.assertNoneLeftBehind(() -> {
			AFPipe pipe = AFPipe.open();
			assertThatIOException().isThrownBy(() -> this.transport.adopt(pipe.source().getFileDescriptor()));
			Descriptors.close(pipe.sink().getFileDescriptor());
		});
	}

	@Test
	void acceptIsEmptyWhenNobodyWaits() throws IOException {
		assertThat(claim().accept()).isEmpty();
	}

	@Test
	void pollWaitsForConnectionsOnlyWhileAccepting() throws IOException {
		ControlListener listener = claim();
		dial();
		assertThatPollTimesOut();
		listener.setAccepting(true);
		this.transport.poll(null);
		listener.setAccepting(false);
		assertThatPollTimesOut();
		assertThat(listener.accept()).isPresent();
	}

	@Test
	void pollWaitsForBytes() throws IOException {
		Pair pair = pair();
		assertThatPollTimesOut();
		send(pair.accepted(), "hello");
		this.transport.poll(null);
		assertThat(receive(pair.dialled())).isEqualTo("hello");
		assertThatPollTimesOut();
	}

	@Test
	void pollKeepsReportingAPeerThatHungUpUntilTheEndIsRead() throws IOException {
		Pair pair = pair();
		send(pair.accepted(), "last words");
		pair.accepted().close();
		for (int i = 0; i < 5; i++) {
			this.transport.poll(null);
		}
		assertThat(receive(pair.dialled())).isEqualTo("last words");
		this.transport.poll(null);
		assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThatPollTimesOut();
		assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(-1);
	}

	@Test
	void wakeupEndsThePollOfAnotherThread() throws Exception {
		for (int i = 0; i < 100; i++) {
			CompletableFuture<Void> woken = CompletableFuture.runAsync(this.transport::wakeup);
			this.transport.poll(null);
			assertThat(woken).succeedsWithin(Duration.ofSeconds(10));
		}
	}

	@Test
	void wakeupNeverBlocks() throws IOException {
		// A pipe takes 65,536 bytes.
		for (int i = 0; i < 100_000; i++) {
			this.transport.wakeup();
		}
		this.transport.poll(null);
		assertThatPollTimesOut();
	}

	@Test
	void descriptorsArriveOnceAndInOrder() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(3)) {
			ByteBuffer frame = ByteBuffer.wrap(new byte[] { 7 });
			assertThat(pair.accepted().write(frame, listeners.descriptors(0, 3))).isEqualTo(1);
			assertThat(pair.dialled().read(ByteBuffer.allocate(10))).isEqualTo(1);
			List<FileDescriptor> received = pair.dialled().takeDescriptors();
			assertThat(received).hasSize(3);
			assertThat(pair.dialled().takeDescriptors()).isEmpty();
			for (int i = 0; i < 3; i++) {
				assertThat(SocketFacts.of(received.get(i))).isEqualTo(listeners.facts(i));
				assertThat(OpenDescriptors.countOf(listeners.facts(i).inode())).isEqualTo(2);
				Descriptors.close(received.get(i));
				Descriptors.close(received.get(i));
				assertThat(OpenDescriptors.countOf(listeners.facts(i).inode())).isEqualTo(1);
			}
		}
	}

	@Test
	void receivedDescriptorsAreCloseOnExecAndOutliveTheChannel() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(1)) {
			FileDescriptor received = received(pair, listeners.descriptors(0, 1).get(0));
			pair.dialled().close();
			try (GatedListener adopted = (GatedListener) GatedSocket.adopt("web", received, Origin.INHERITED)) {
				assertThat(adopted.facts()).isEqualTo(listeners.facts(0));
				// The JDK does not set O_CLOEXEC on its own, and closes all when it
				// forks.
				assertThat(flags(listeners.facts(0).inode())).hasSize(2)
					.filteredOn((flags) -> (flags & 02000000) != 0)
					.hasSize(1);
			}
		}
	}

	private static List<Integer> flags(long inode) throws IOException {
		List<Integer> flags = new ArrayList<>();
		for (var entry : OpenDescriptors.list().entrySet()) {
			if (entry.getValue().equals("socket:[%d]".formatted(inode))) {
				String info = Files.readString(Path.of("/proc/self/fdinfo", entry.getKey().toString()));
				flags.add(Integer.parseInt(info.replaceAll("(?s).*flags:\\s*(\\d+).*", "$1"), 8));
			}
		}
		return flags;
	}

	@Test
	void descriptorsThatWereNotTakenAreClosedWithTheChannel() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(2)) {
			pair.accepted().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 1));
			pair.accepted().write(ByteBuffer.wrap(new byte[] { 2 }), listeners.descriptors(1, 2));
			assertThat(pair.dialled().read(ByteBuffer.allocate(10))).isEqualTo(1);
			assertThat(OpenDescriptors.countOf(listeners.facts(0).inode())).isEqualTo(2);
			assertThat(OpenDescriptors.countOf(listeners.facts(1).inode())).isEqualTo(1);
			pair.dialled().close();
			assertThat(OpenDescriptors.countOf(listeners.facts(0).inode())).isEqualTo(1);
		}
	}

	@Test
	void descriptorsInFlightDieWithTheReceiver() throws IOException {
		Pair pair = pair();
		InetSocketAddress address;
		try (Listeners listeners = Listeners.bind(1)) {
			address = listeners.address(0);
			pair.accepted().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 1));
		}
		// Kept alive by the message.
		connect(address);
		pair.dialled().close();
		assertThatIOException().isThrownBy(() -> connect(address));
	}

	private static void connect(InetSocketAddress address) throws IOException {
		SocketChannel.open(address).close();
	}

	@Test
	void aThousandListenersTravelInBatches() throws IOException {
		Pair pair = pair();
		int count = 1000;
		try (Listeners listeners = Listeners.bind(count)) {
			List<FileDescriptor> received = new ArrayList<>();
			StringBuilder frames = new StringBuilder();
			ByteBuffer target = ByteBuffer.allocate(1000);
			for (int from = 0; from < count; from += 60) {
				int to = Math.min(count, from + 60);
				ByteBuffer frame = ByteBuffer.wrap("[%d-%d]".formatted(from, to).getBytes(StandardCharsets.UTF_8));
				while (frame.hasRemaining()) {
					pair.accepted().write(frame, frame.position() == 0 ? listeners.descriptors(from, to) : List.of());
				}
				if (from % 120 == 0) {
					drain(pair.dialled(), target, frames, received);
				}
			}
			drain(pair.dialled(), target, frames, received);
			assertThat(frames).startsWith("[0-60][60-120]").endsWith("[960-1000]");
			assertThat(received).hasSize(count);
			for (int i = 0; i < count; i++) {
				assertThat(SocketFacts.of(received.get(i))).isEqualTo(listeners.facts(i));
				Descriptors.close(received.get(i));
			}
		}
	}

	private static void drain(ControlChannel channel, ByteBuffer target, StringBuilder frames,
			List<FileDescriptor> received) throws IOException {
		while (channel.read(target) > 0) {
			frames.append(StandardCharsets.UTF_8.decode(target.flip()));
			target.clear();
			received.addAll(channel.takeDescriptors());
		}
	}

	@Test
	void aFullBufferKeepsDescriptorsBackUntilTheyFit() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(1)) {
			long filled = 0;
			int count;
			ByteBuffer source = ByteBuffer.allocate(64 * 1024);
			while ((count = pair.accepted().write(source, List.of())) > 0) {
				filled += count;
				source.clear();
			}
			ByteBuffer frame = ByteBuffer.wrap("descriptor".getBytes(StandardCharsets.UTF_8));
			assertThat(pair.accepted().write(frame, listeners.descriptors(0, 1))).isZero();
			assertThat(pair.accepted().write(frame, listeners.descriptors(0, 1))).isZero();
			assertThat(frame.position()).isZero();
			pair.accepted().setWriteAwaited(true);
			ByteBuffer target = ByteBuffer.allocate(1024 * 1024);
			while (filled > 0) {
				target.clear();
				filled -= pair.dialled().read(target);
				assertThat(pair.dialled().takeDescriptors()).isEmpty();
			}
			this.transport.poll(null);
			assertThat(pair.accepted().write(frame, listeners.descriptors(0, 1))).isEqualTo(10);
			pair.accepted().setWriteAwaited(false);
			assertThat(receive(pair.dialled())).isEqualTo("descriptor");
			List<FileDescriptor> received = pair.dialled().takeDescriptors();
			assertThat(received).hasSize(1);
			received.forEach(Descriptors::close);
			assertThatPollTimesOut();
		}
	}

	@Test
	void descriptorsThatNobodyExpectsAreClosedByTheKernelHoweverManyThereAre() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(60); AFUNIXSocketChannel rogue = AFUNIXSocketChannel.open()) {
			Map<Integer, String> before = OpenDescriptors.list();
			assertThat(pair.dialled().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 60))).isOne();
			assertThat(pair.accepted().read(ByteBuffer.allocate(10))).isOne();
			assertThat(pair.accepted().takeDescriptors()).isEmpty();
			assertThat(OpenDescriptors.list()).isEqualTo(before);
			rogue.connect(AFUNIXSocketAddress.of(this.path));
			ControlChannel accepted = pair.listener().accept().orElseThrow();
			before = OpenDescriptors.list();
			FileDescriptor[] many = new FileDescriptor[253];
			Arrays.fill(many, listeners.descriptors(0, 1).get(0));
			rogue.setOutboundFileDescriptors(many);
			assertThat(rogue.write(ByteBuffer.wrap(new byte[] { 1 }))).isOne();
			assertThat(accepted.read(ByteBuffer.allocate(10))).isOne();
			assertThat(OpenDescriptors.list()).isEqualTo(before);
		}
	}

	@Test
	void aWriteTakesSixtyDescriptorsAtMost() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(61)) {
			assertThatIllegalArgumentException().isThrownBy(
					() -> pair.accepted().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 61)));
			assertThat(pair.accepted().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 60)))
				.isEqualTo(1);
			assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(1);
			List<FileDescriptor> received = pair.dialled().takeDescriptors();
			assertThat(received).hasSize(60);
			received.forEach(Descriptors::close);
		}
	}

	@Test
	void whatADeadPeerSaidIsReadAfterAWriteToItFailed() throws IOException {
		Pair pair = pair();
		try (Listeners listeners = Listeners.bind(1)) {
			pair.accepted()
				.write(ByteBuffer.wrap("gone".getBytes(StandardCharsets.UTF_8)), listeners.descriptors(0, 1));
			pair.accepted().close();
			ByteBuffer source = ByteBuffer.wrap(new byte[] { 1, 2 });
			assertThat(pair.dialled().write(source, List.of())).isEqualTo(-1);
			assertThat(pair.dialled().write(source, listeners.descriptors(0, 1))).isEqualTo(-1);
			assertThat(source.position()).isZero();
			this.transport.poll(null);
			assertThat(receive(pair.dialled())).isEqualTo("gone");
			List<FileDescriptor> received = pair.dialled().takeDescriptors();
			assertThat(received).hasSize(1);
			received.forEach(Descriptors::close);
			assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(-1);
			assertThatPollTimesOut();
		}
	}

	@Test
	void aResetIsTheEndAfterTheLastWords() throws IOException {
		Pair pair = pair();
		send(pair.dialled(), "never read");
		send(pair.accepted(), "last words");
		pair.accepted().close();
		assertThat(receive(pair.dialled())).isEqualTo("last words");
		assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(-1);
		assertThatPollTimesOut();
	}

	@Test
	void bothSidesKnowThePeersUser() throws IOException {
		Pair pair = pair();
		long pid = ProcessHandle.current().pid();
		assertThat(pair.dialled().peer()).isEqualTo(new ControlChannel.PeerCredentials(this.transport.ownUid(), pid));
		assertThat(pair.accepted().peer()).isEqualTo(new ControlChannel.PeerCredentials(this.transport.ownUid(), pid));
	}

	@Test
	void ownUidIsTheOwnerOfNewFiles() throws IOException {
		Path file = Files.createFile(this.directory.resolve("file"));
		assertThat(Files.getAttribute(file, "unix:uid")).isEqualTo((int) this.transport.ownUid());
	}

	@Test
	void aDirectoryFurtherUpThatBelongsToAnotherUserIsRefused() throws IOException {
		Requirement.ROOT.check(this.transport.ownUid() == 0, "only root can give a directory to another user");
		Path above = Files.createDirectory(this.directory.resolve("above"));
		Path own = Files.createDirectory(above.resolve("own"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		Files.setAttribute(above, "unix:uid", 54321);
		assertThatExceptionOfType(ControlSocketException.class)
			.isThrownBy(() -> this.transport.claim(own.resolve("control.sock")))
			.withMessageContaining("'%s' cannot be used: it belongs to uid 54321".formatted(above));
	}

	@Test
	void aChildsEndOutlivesACollection() throws Exception {
		ChildChannel child = this.transport.openChildChannel();
		CountDownLatch collected = new CountDownLatch(1);
		Cleaner.create().register(new Object(), collected::countDown);
		Awaitility.await().until(() -> {
			System.gc();
			return collected.getCount() == 0;
		});
		Process process = new ProcessBuilder("cat").redirectInput(child.childEnd()).start();
		try {
			child.closeChildEnd().run();
			send(child.channel(), "hello");
			child.channel().close();
			assertThat(process.inputReader().readLine()).isEqualTo("hello");
			assertThat(process.waitFor()).isZero();
		}
		finally {
			ProcessTree.end(process.toHandle());
		}
	}

	@Test
	void closingLeavesNoDescriptorBehind() throws Exception {
		OpenDescriptors.assertNoneLeftBehind(() -> {
			Path other = this.directory.resolve("other.sock");
			try (UnixTransport shortLived = UnixTransport.open(); Listeners listeners = Listeners.bind(5)) {
				ControlListener listener = shortLived.claim(other).orElseThrow();
				assertThat(shortLived.claim(other)).isEmpty();
				ControlChannel dialled = shortLived.dial(other).orElseThrow();
				// The second claim's visit.
				assertThat(listener.accept()).isPresent();
				ControlChannel accepted = listener.accept().orElseThrow();
				accepted.write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 5));
				dialled.read(ByteBuffer.allocate(1));
				accepted.close();
				assertThat(dialled.write(ByteBuffer.wrap(new byte[] { 1 }), List.of())).isEqualTo(-1);
				shortLived.poll(Duration.ZERO);
			}
			Files.delete(other);
		});
	}

	private ControlListener claim() throws IOException {
		return this.transport.claim(this.path).orElseThrow();
	}

	private ControlChannel dial() throws IOException {
		return this.transport.dial(this.path).orElseThrow();
	}

	private Pair pair() throws IOException {
		ControlListener listener = claim();
		ControlChannel dialled = dial();
		dialled.expectDescriptors(true);
		return new Pair(listener, dialled, listener.accept().orElseThrow());
	}

	private static FileDescriptor received(Pair pair, FileDescriptor sent) throws IOException {
		assertThat(pair.accepted().write(ByteBuffer.wrap(new byte[] { 1 }), List.of(sent))).isEqualTo(1);
		assertThat(pair.dialled().read(ByteBuffer.allocate(1))).isEqualTo(1);
		return pair.dialled().takeDescriptors().get(0);
	}

	private static void send(ControlChannel channel, String text) throws IOException {
		channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), List.of());
	}

	private static String receive(ControlChannel channel) throws IOException {
		ByteBuffer target = ByteBuffer.allocate(1000);
		channel.read(target);
		return StandardCharsets.UTF_8.decode(target.flip()).toString();
	}

	private void assertThatPollTimesOut() throws IOException {
		long start = System.nanoTime();
		this.transport.poll(Duration.ofMillis(20));
		assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(Duration.ofMillis(20));
	}

	/**
	 * Two ends of one connection.
	 */
	private record Pair(ControlListener listener, ControlChannel dialled, ControlChannel accepted) {
	}

}
