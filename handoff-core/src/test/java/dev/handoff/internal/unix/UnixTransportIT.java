package dev.handoff.internal.unix;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.testsupport.OpenDescriptors;
import dev.handoff.testsupport.ProcessTree;
import dev.handoff.testsupport.Requirement;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link UnixTransport} with a second process.
 */
@Timeout(60)
class UnixTransportIT {

	// Run from its source: another user may not be able to read our classes.
	private static final String DIALLER = """
			import java.net.UnixDomainSocketAddress;
			import java.nio.channels.SocketChannel;

			class Dialler {

				public static void main(String[] arguments) throws Exception {
					try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(arguments[0]))) {
						System.out.println(ProcessHandle.current().pid());
						System.in.read();
					}
				}

			}
			""";

	private final List<Process> processes = new ArrayList<>();

	@TempDir
	Path directory;

	Path path;

	UnixTransport transport;

	ControlListener listener;

	@BeforeEach
	void open() throws IOException {
		chmod(this.directory, "rwx--x--x");
		this.path = this.directory.resolve("control.sock");
		this.transport = UnixTransport.open();
		this.listener = this.transport.claim(this.path).orElseThrow();
		this.listener.setAccepting(true);
	}

	@AfterEach
	void close() throws IOException {
		this.processes.forEach((process) -> ProcessTree.end(process.toHandle()));
		this.transport.close();
	}

	@Test
	void anotherProcessServesWithTheSameSocket() throws Exception {
		Process peer = java(List.of(), "adopt", this.path.toString());
		ControlChannel channel = accept();
		assertThat(channel.peer().pid()).isEqualTo(peer.pid());
		InetSocketAddress address;
		long inode;
		try (Listeners listeners = Listeners.bind(1)) {
			address = listeners.address(0);
			inode = listeners.facts(0).inode();
			channel.write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 1));
		}
		assertThat(OpenDescriptors.countOf(inode)).isZero();
		assertThat(firstLine(peer)).isEqualTo(Long.toString(inode));
		try (SocketChannel client = SocketChannel.open(address)) {
			assertThat(Channels.newInputStream(client).readAllBytes()).asString().isEqualTo("served");
		}
		assertThat(peer.waitFor(20, TimeUnit.SECONDS)).isTrue();
		assertThat(peer.exitValue()).isZero();
	}

	@Test
	void aKilledPeerIsTheEnd() throws Exception {
		Process peer = java(List.of(), "adopt", this.path.toString());
		ControlChannel channel = accept();
		assertThat(channel.read(ByteBuffer.allocate(1))).isZero();
		peer.destroyForcibly();
		int count;
		while ((count = channel.read(ByteBuffer.allocate(1))) == 0) {
			this.transport.poll(Duration.ofSeconds(20));
		}
		assertThat(count).isEqualTo(-1);
		assertThat(channel.write(ByteBuffer.wrap(new byte[] { 1 }), List.of())).isEqualTo(-1);
	}

	@Test
	void aPeerOfAnotherUserIsRecognized() throws Exception {
		Requirement.ROOT.check(this.transport.ownUid() == 0, "only root can become another user");
		Requirement.ROOT.checkProgram("setpriv", "util-linux");
		Path source = this.directory.resolve("Dialler.java");
		Files.writeString(source, DIALLER);
		chmod(source, "rw-r--r--");
		chmod(this.path, "rw-rw-rw-");
		Process peer = start(List.of("setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups", javaCommand(),
				source.toString(), this.path.toString()));
		ControlChannel channel = accept();
		assertThat(channel.peer().uid()).isEqualTo(65533);
		assertThat(channel.peer().pid()).isEqualTo(Long.parseLong(firstLine(peer)));
	}

	@Test
	void descriptorsThatDoNotFitAreNotHalfReceived() throws Exception {
		try (Listeners listeners = Listeners.bind(60)) {
			List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -n 300; exec \"$@\"", "sh"));
			command.addAll(javaCommand(List.of(), "full", this.path.toString()));
			Process peer = start(command);
			accept().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 60));
			assertThat(firstLine(peer)).startsWith("1 byte, there was no room for 60 more descriptors")
				.contains("which is 300 now")
				.endsWith(", 0 lost");
		}
	}

	@Test
	void aWorkLockWhoseFileIsRemovedIsTheSuccessorsAsWell() throws Exception {
		WorkLock lock = this.transport.workLock(this.path);
		lock.lock();
		Files.delete(lock.path());
		Process successor = java(List.of(), "inherit lock", this.path.toString());
		accept().write(ByteBuffer.wrap(new byte[] { 1 }), List.of(Objects.requireNonNull(lock.file())));
		awaitWaitingForALock(successor);
		lock.unlock();
		assertThat(firstLine(successor)).isEqualTo("locked");
	}

	@Test
	void aWorkLockWhoseFileWasRemovedMeanwhileIsTakenOnTheNewFile() throws Exception {
		WorkLock lock = this.transport.workLock(this.path);
		lock.lock();
		Process second = java(List.of(), "lock", this.path.toString());
		awaitWaitingForALock(second);
		Files.delete(lock.path());
		lock.unlock();
		assertThat(firstLine(second)).isEqualTo("locked");
		assertThat(lock.path()).exists();
		awaitWaitingForALock(java(List.of(), "lock", this.path.toString()));
	}

	// proc_locks(5): the arrow marks who waits.
	private static void awaitWaitingForALock(Process process) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(20))
			.until(() -> Files.readAllLines(Path.of("/proc/locks"))
				.stream()
				.anyMatch((line) -> line.matches(".*-> POSIX .* %d .*".formatted(process.pid()))));
	}

	@Test
	void aMissingNativeLibraryIsNamed() throws Exception {
		Process peer = java(List.of("-Dorg.newsclub.net.unix.library.disable=true"), "platform");
		assertThat(firstLine(peer)).startsWith("NATIVE_LIBRARY ")
			.contains("-Dorg.newsclub.net.unix.library.tmpdir", "-Dorg.newsclub.net.unix.library.override");
	}

	@Test
	void aMissingLibraryOfJnaIsNamed() throws Exception {
		assertThat(firstLine(java(List.of("-Djna.boot.library.path=/nowhere", "-Djna.nounpack=true"), "platform")))
			.startsWith("NATIVE_LIBRARY ")
			.contains("JNA", "-Djna.tmpdir");
	}

	@Test
	void noOptionIsNeeded() throws Exception {
		assertThat(firstLine(java(List.of(), "platform"))).isEqualTo("NOTHING");
	}

	@Test
	void aJvmWithoutInet6WillDo() throws Exception {
		assertThat(firstLine(java(List.of("-Djava.net.preferIPv4Stack=true"), "platform"))).isEqualTo("NOTHING");
		try (Listeners listeners = Listeners.bind(1)) {
			Process peer = java(List.of("-Djava.net.preferIPv4Stack=true"), "adopt", this.path.toString());
			accept().write(ByteBuffer.wrap(new byte[] { 1 }), listeners.descriptors(0, 1));
			assertThat(firstLine(peer)).isEqualTo(Long.toString(listeners.facts(0).inode()));
		}
	}

	private ControlChannel accept() throws IOException {
		while (true) {
			this.transport.poll(Duration.ofSeconds(20));
			var accepted = this.listener.accept();
			if (accepted.isPresent()) {
				return accepted.get();
			}
		}
	}

	private Process java(List<String> options, String... arguments) throws IOException {
		return start(javaCommand(options, arguments));
	}

	private static List<String> javaCommand(List<String> options, String... arguments) {
		List<String> command = new ArrayList<>(List.of(javaCommand()));
		command.addAll(options);
		command.addAll(List.of("-cp", System.getProperty("java.class.path"), PeerProcess.class.getName()));
		command.addAll(List.of(arguments));
		return command;
	}

	private Process start(List<String> command) throws IOException {
		Process process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
		this.processes.add(process);
		return process;
	}

	private static String javaCommand() {
		return Path.of(System.getProperty("java.home"), "bin", "java").toString();
	}

	private static String firstLine(Process process) throws IOException {
		BufferedReader reader = process.inputReader();
		return String.valueOf(reader.readLine());
	}

	private static void chmod(Path path, String permissions) throws IOException {
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
	}

}
