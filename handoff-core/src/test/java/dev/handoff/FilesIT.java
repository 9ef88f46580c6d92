package dev.handoff;

import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Offer.Entry;
import dev.handoff.internal.protocol.Message.Offer.Kind;
import dev.handoff.testsupport.ProcessTree;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Chains of generations that hand over files and pipes.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FilesIT {

	private static final int GENERATIONS = 3;

	private static final int TURNS = 5;

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final Pattern LINE = Pattern.compile("(\\d+) (\\d+) (x*)");

	@RegisterExtension
	final Processes processes = new Processes();

	private final List<Process> writers = new ArrayList<>();

	@TempDir
	private Path directory;

	@AfterEach
	void endProcesses() {
		this.writers.forEach((writer) -> ProcessTree.end(writer.toHandle()));
		this.processes.closeAll();
	}

	@Test
	void everyGenerationsLinesAreInTheFileWholeAndInOrderWhereverItIs() throws Exception {
		Path path = this.directory.resolve("audit.log");
		Path renamed = this.directory.resolve("audit.log.1");
		String file = "audit=append:" + path;
		ServerProcess current = serving(0, List.of("audit opened"), file);
		long inode = inode(path);
		List<Integer> counts = new ArrayList<>();
		try (FileInputStream content = new FileInputStream(path.toFile())) {
			for (int generation = 1; generation <= GENERATIONS; generation++) {
				ServerProcess successor = start(file);
				successor.await("^file audit inherited");
				successor.await("^started");
				bothWrite(current, successor);
				successor.ready();
				successor.awaitState(HandoffState.SERVING);
				bothWrite(current, successor);
				ServerProcess predecessor = current;
				// It may have said so while both wrote.
				Awaitility.await().atMost(LIMIT).until(() -> predecessor.hasPrinted("^state TERMINATED"));
				counts.add(bothWrite(current, successor));
				current.command("exit");
				current.awaitExit();
				current = successor;
				switch (generation) {
					case 1 -> Files.move(path, renamed);
					case 2 -> Files.delete(renamed);
					default -> {
					}
				}
			}
			Path link = descriptorsTo(current, path).get(0);
			assertThat(Files.readSymbolicLink(link)).hasToString(renamed + " (deleted)");
			assertThat(inode(link)).isEqualTo(inode);
			assertThat(descriptorsTo(current, path)).hasSize(1);
			assertThat(path).doesNotExist();
			current.command("write audit the end");
			current.await("^wrote");
			assertLines(content, counts);
		}
	}

	/**
	 * Lets both write at the same time.
	 * @return how many lines the first one has written so far
	 */
	private static int bothWrite(ServerProcess one, ServerProcess other) {
		one.command("load audit");
		other.command("load audit");
		one.await("^load begins");
		other.await("^load begins");
		for (int turn = 0; turn < TURNS; turn++) {
			for (ServerProcess process : List.of(one, other)) {
				process.command("ask");
				process.await("^load goes on");
			}
		}
		one.command("stop");
		other.command("stop");
		other.await("^load ends after");
		return Integer.parseInt(one.await("^load ends after (\\d+)").group(1));
	}

	private static void assertLines(FileInputStream content, List<Integer> counts) throws IOException {
		TreeMap<Integer, Integer> next = new TreeMap<>();
		int changes = 0;
		int last = 0;
		String text = "";
		try (BufferedReader reader = new BufferedReader(new InputStreamReader(content, StandardCharsets.US_ASCII))) {
			for (String line = reader.readLine(); line != null; line = reader.readLine()) {
				text = line;
				Matcher matcher = LINE.matcher(line);
				if (!matcher.matches()) {
					break;
				}
				int generation = Integer.parseInt(matcher.group(1));
				int number = Integer.parseInt(matcher.group(2));
				assertThat(number).as("number of line '%s'", line).isEqualTo(next.getOrDefault(generation, 0));
				assertThat(matcher.group(3)).as("end of line '%s'", line).hasSize(number % 9000);
				next.put(generation, number + 1);
				changes += (generation != last) ? 1 : 0;
				last = generation;
			}
			assertThat(text).isEqualTo("the end");
			assertThat(reader.readLine()).isNull();
		}
		for (int generation = 0; generation < counts.size(); generation++) {
			assertThat(next.get(generation)).as("lines of generation %d", generation).isEqualTo(counts.get(generation));
		}
		// Whoever is asked writes after the other, which goes on writing.
		assertThat(changes).isGreaterThanOrEqualTo(3 * GENERATIONS * (2 * TURNS - 1));
	}

	@Test
	void writersOfAPipeNeverMissTheirReaderAndNoByteIsLost() throws Exception {
		Path path = pipe("lines");
		String pipe = "lines=pipe:" + path;
		ServerProcess current = serving(0, List.of("lines opened"), pipe);
		Path stop = this.directory.resolve("stop");
		Process writer = bash(
				"exec 9>%s; i=0; until [ -e %s ]; do echo \"line $i of the writer\" >&9; i=$((i+1)); done; echo $i"
					.formatted(path, stop));
		for (int generation = 1; generation <= GENERATIONS; generation++) {
			awaitContent("lines", generation - 1);
			ServerProcess successor = serving(generation, List.of("lines inherited"), pipe);
			awaitContent("lines", generation);
			current.awaitState(HandoffState.TERMINATED);
			assertThat(descriptorsTo(current, path)).isEmpty();
			assertThat(descriptorsTo(successor, path)).hasSize(1);
			current.command("exit");
			current.awaitExit();
			current = successor;
			if (generation == 1) {
				Files.delete(path);
			}
		}
		Files.createFile(stop);
		int count = Integer.parseInt(writer.inputReader().readLine());
		assertThat(writer.waitFor()).isZero();
		List<String> expected = new ArrayList<>(count);
		for (int i = 0; i < count; i++) {
			expected.add("line %d of the writer".formatted(i));
		}
		Path lastFile = this.directory.resolve("lines-" + GENERATIONS);
		Awaitility.await()
			.atMost(LIMIT)
			.until(() -> Files.readString(lastFile).endsWith(expected.get(count - 1) + "\n"));
		List<String> received = new ArrayList<>();
		for (int generation = 0; generation <= GENERATIONS; generation++) {
			String part = Files.readString(this.directory.resolve("lines-" + generation));
			assertThat(part.endsWith("\n")).as("generation %d reads whole lines", generation).isTrue();
			part.lines().forEach(received::add);
		}
		assertThat(received).isEqualTo(expected);
	}

	@Test
	void bytesThatNobodyReadsWaitInThePipeForTheSuccessor() throws Exception {
		Path path = pipe("lines");
		ServerProcess predecessor = serving(0, List.of("lines opened"), "lines=pipe:" + path);
		ServerProcess successor = start("lines=pipe:" + path);
		successor.await("^started generation 1");
		predecessor.signal("KILL");
		predecessor.awaitExit();
		Files.writeString(path, "parked\n");
		// It is there when the successor waits for its turn to read.
		Awaitility.await().atMost(LIMIT).until(() -> Files.exists(this.directory.resolve("lines-1")));
		assertThat(this.directory.resolve("lines-1")).isEmptyFile();
		successor.ready();
		awaitContent("lines", 1);
		assertThat(this.directory.resolve("lines-1")).hasContent("parked");
	}

	@Test
	void afterAReclaimThePredecessorReadsAndWritesOn() throws Exception {
		Path path = pipe("lines");
		Path log = this.directory.resolve("audit.log");
		String[] files = { "lines=pipe:" + path, "audit=append:" + log };
		ServerProcess predecessor = serving(0, List.of("lines opened", "audit opened"), "-Dtest.window=30000", files[0],
				files[1]);
		ServerProcess successor = serving(1, List.of("lines inherited", "audit inherited"), "-Dtest.window=30000",
				files[0], files[1]);
		Files.writeString(path, "to the successor\n");
		awaitContent("lines", 1);
		successor.command("write audit by the successor");
		successor.await("^wrote");
		predecessor.awaitState(HandoffState.OBSERVING);
		predecessor.command("reclaim");
		predecessor.awaitState(HandoffState.SERVING);
		successor.awaitState(HandoffState.TERMINATED);
		Files.writeString(path, "to the predecessor\n");
		awaitContent("lines", 0);
		predecessor.command("write audit by the predecessor");
		predecessor.await("^wrote");
		assertThat(this.directory.resolve("lines-0")).hasContent("to the predecessor");
		assertThat(this.directory.resolve("lines-1")).hasContent("to the successor");
		assertThat(log).hasContent("by the successor\nby the predecessor");
	}

	@Test
	void whatTheSuccessorDoesNotAskForOrAsksForElsewhereIsClosed() throws Exception {
		Path path = pipe("lines");
		Path log = this.directory.resolve("audit.log");
		Path other = this.directory.resolve("other");
		serving(0, List.of("lines opened", "audit opened"), "lines=pipe:" + path, "audit=append:" + log);
		ServerProcess successor = start("audit=append:" + other);
		successor.await("^file audit opened");
		successor.await("^started");
		assertThat(descriptorsTo(successor, log)).isEmpty();
		assertThat(descriptorsTo(successor, path)).hasSize(1);
		successor.ready();
		successor.awaitState(HandoffState.SERVING);
		assertThat(descriptorsTo(successor, path)).isEmpty();
		assertThat(descriptorsTo(successor, other)).hasSize(1);
	}

	@Test
	void aSuccessorThatDoesNotKnowFilesIsOfferedNone() throws Exception {
		Path path = pipe("lines");
		ServerProcess server = serving(0, List.of(), "lines=pipe:" + path,
				"audit=append:" + this.directory.resolve("audit.log"));
		assertThat(offerTo(0).manifest()).extracting(Entry::kind).containsExactly(Kind.CONTROL);
		server.awaitState(HandoffState.OFFERING);
		server.awaitState(HandoffState.SERVING);
		Message.Offer offer = offerTo(Capabilities.FILES | 1L << 40);
		assertThat(offer.capabilities()).isEqualTo(Capabilities.FILES);
		assertThat(offer.manifest()).extracting(Entry::kind).containsExactly(Kind.CONTROL, Kind.PIPE, Kind.APPEND_FILE);
		server.awaitState(HandoffState.OFFERING);
		server.awaitState(HandoffState.SERVING);
	}

	private Message.Offer offerTo(long capabilities) throws Exception {
		try (SocketChannel successor = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
			successor.write(FrameCodec
				.encode(new Message.Hello(1, 1, capabilities, 1, "stranger", "files", "", networkNamespace())));
			Message.Offer offer = (Message.Offer) next(successor, new FrameDecoder());
			assertThat(offer.capabilities()).isEqualTo(capabilities & Capabilities.FILES);
			return offer;
		}
	}

	@Test
	void aSuccessorOfAPredecessorThatDoesNotKnowFilesOpensThemItself() throws Exception {
		Path log = this.directory.resolve("audit.log");
		Path path = pipe("lines");
		try (AFUNIXServerSocketChannel listener = AFUNIXServerSocketChannel.open()) {
			listener.bind(AFUNIXSocketAddress.of(socket()));
			Files.setPosixFilePermissions(socket(), PosixFilePermissions.fromString("rw-------"));
			ServerProcess successor = start("audit=append:" + log, "lines=pipe:" + path);
			try (AFUNIXSocketChannel predecessor = listener.accept()) {
				FrameDecoder decoder = new FrameDecoder();
				assertThat(next(predecessor, decoder)).isInstanceOf(Message.Hello.class);
				Entry control = new Entry("", Kind.CONTROL, socket().toString(), socketInode(listener));
				predecessor.write(FrameCodec
					.encode(new Message.Offer(1, 0, 4, 1, "older", networkNamespace(), List.of(control))));
				predecessor.setOutboundFileDescriptors(new FileDescriptor[] { listener.getFileDescriptor() });
				predecessor.write(FrameCodec.encode(new Message.Descriptors(1)));
				assertThat(next(predecessor, decoder)).isInstanceOf(Message.Adopted.class);
				successor.await("^file audit opened");
				successor.await("^file lines opened");
				successor.await("^started generation 5");
				successor.ready();
				assertThat(next(predecessor, decoder)).isInstanceOf(Message.Ready.class);
				predecessor.write(FrameCodec.encode(new Message.Released(Duration.ofMillis(100))));
				successor.awaitState(HandoffState.SERVING);
				Files.writeString(path, "line\n");
				awaitContent("lines", 5);
				successor.command("write audit line");
				successor.await("^wrote");
				assertThat(log).hasContent("line");
			}
		}
	}

	private ServerProcess serving(int generation, List<String> files, String... arguments) {
		ServerProcess process = start(arguments);
		files.forEach((file) -> process.await("^file " + file));
		process.await("^started generation " + generation);
		process.ready();
		return process.awaitState(HandoffState.SERVING);
	}

	private ServerProcess start(String... arguments) {
		List<String> jvmArgs = new ArrayList<>(List.of("-Dtest.socket=" + socket()));
		List<String> files = new ArrayList<>();
		for (String argument : arguments) {
			(argument.startsWith("-D") ? jvmArgs : files).add(argument);
		}
		return ServerProcess.start("server", List.of(), jvmArgs, FileServer.class.getName(), files);
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

	private Path pipe(String name) throws Exception {
		Path path = this.directory.resolve(name);
		assertThat(new ProcessBuilder("mkfifo", path.toString()).start().waitFor()).isZero();
		return path;
	}

	private Process bash(String script) throws IOException {
		Process process = new ProcessBuilder("bash", "-c", script).redirectErrorStream(true).start();
		this.writers.add(process);
		return process;
	}

	private void awaitContent(String pipe, int generation) {
		Path received = this.directory.resolve("%s-%d".formatted(pipe, generation));
		Awaitility.await().atMost(LIMIT).until(() -> Files.exists(received) && Files.size(received) > 0);
	}

	private static long inode(Path path) throws IOException {
		return (long) Files.getAttribute(path, "unix:ino");
	}

	/**
	 * Returns the links in {@code /proc} of a process's descriptors to a file, whatever
	 * its name became, but not those to what the test makes of it.
	 */
	private static List<Path> descriptorsTo(ServerProcess process, Path path) throws IOException {
		Pattern name = Pattern.compile(Pattern.quote(path.toString()) + "(\\.1)?( \\(deleted\\))?");
		List<Path> found = new ArrayList<>();
		try (Stream<Path> links = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
			for (Path link : links.toList()) {
				if (name.matcher(target(link)).matches()) {
					found.add(link);
				}
			}
		}
		return found;
	}

	private static String target(Path link) {
		try {
			return Files.readSymbolicLink(link).toString();
		}
		catch (IOException ex) {
			return "closed meanwhile";
		}
	}

	private static String networkNamespace() throws IOException {
		return Files.readSymbolicLink(Path.of("/proc/self/ns/net")).toString();
	}

	private static Message next(ReadableByteChannel channel, FrameDecoder decoder) throws Exception {
		ByteBuffer buffer = ByteBuffer.allocate(4096);
		while (true) {
			Message message = decoder.next();
			if (message != null) {
				return message;
			}
			buffer.clear();
			assertThat(channel.read(buffer)).isPositive();
			decoder.feed(buffer.flip());
		}
	}

	private static long socketInode(AFUNIXServerSocketChannel listener) throws IOException {
		int number = FileDescriptorCast.using(listener.getFileDescriptor()).as(Integer.class);
		String link = Files.readSymbolicLink(Path.of("/proc/self/fd/" + number)).toString();
		return Long.parseLong(link.replaceAll("\\D", ""));
	}

}
