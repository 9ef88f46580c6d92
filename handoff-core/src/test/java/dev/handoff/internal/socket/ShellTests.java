package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;

import dev.handoff.internal.libc.LibC;
import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

/**
 * Tests for {@link Shell} and {@link DescriptorSearch}.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ShellTests {

	private static final Path SELF = Path.of("/proc/self");

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	// No descriptor has it.
	private static final int UNKNOWN = -1;

	@TempDir
	private Path directory;

	@Test
	void theDescriptorOfEachChannelIsFoundWhileOthersAreOpened() throws Exception {
		AtomicBoolean ended = new AtomicBoolean();
		ExecutorService threads = Executors.newFixedThreadPool(8);
		try {
			List<Future<Integer>> others = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				others.add(threads.submit(() -> openAndClose(ended)));
			}
			List<Callable<Void>> searches = new ArrayList<>();
			for (int i = 0; i < 4; i++) {
				Path path = this.directory.resolve("socket" + i);
				searches.add(() -> find(path));
			}
			for (Future<Void> search : threads.invokeAll(searches)) {
				search.get();
			}
			ended.set(true);
			for (Future<Integer> other : others) {
				assertThat(other.get()).isPositive();
			}
		}
		finally {
			ended.set(true);
			threads.shutdown();
		}
	}

	// What these do to their options looks most like a search.
	private static int openAndClose(AtomicBoolean ended) throws IOException {
		int count = 0;
		while (!ended.get()) {
			try (ServerSocketChannel listener = ServerSocketChannel.open().bind(ANY_PORT);
					SocketChannel client = SocketChannel.open(listener.getLocalAddress());
					DatagramChannel datagrams = DatagramChannel.open()) {
				client.setOption(StandardSocketOptions.SO_REUSEADDR, true);
				client.setOption(StandardSocketOptions.SO_REUSEADDR, false);
				datagrams.setOption(StandardSocketOptions.SO_REUSEADDR, true);
				count++;
			}
		}
		return count;
	}

	private Void find(Path path) throws IOException {
		for (int i = 0; i < 50; i++) {
			try (ServerSocketChannel listener = ServerSocketChannel.open().bind(ANY_PORT);
					DatagramChannel datagrams = DatagramChannel.open().bind(ANY_PORT);
					ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
						.bind(UnixDomainSocketAddress.of(path))) {
				for (NetworkChannel channel : List.of(listener, datagrams, unix)) {
					FileDescriptor descriptor = DescriptorSearch.of(channel, UNKNOWN);
					assertThat(LibC.localAddress(Descriptors.number(descriptor)).address())
						.isEqualTo(channel.getLocalAddress());
				}
			}
			finally {
				Files.delete(path);
			}
		}
		return null;
	}

	@Test
	void theSearchLeavesTheOptionsAsTheyWere() throws IOException {
		try (ServerSocketChannel listener = ServerSocketChannel.open();
				DatagramChannel datagrams = DatagramChannel.open();
				ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			for (NetworkChannel channel : List.of(listener, datagrams)) {
				for (boolean reuse : new boolean[] { true, false }) {
					channel.setOption(StandardSocketOptions.SO_REUSEADDR, reuse);
					int buffer = channel.getOption(StandardSocketOptions.SO_RCVBUF);
					DescriptorSearch.of(channel, UNKNOWN);
					assertThat(channel.getOption(StandardSocketOptions.SO_REUSEADDR)).isEqualTo(reuse);
					assertThat(channel.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(buffer);
				}
			}
			int buffer = unix.getOption(StandardSocketOptions.SO_RCVBUF);
			DescriptorSearch.of(unix, UNKNOWN);
			assertThat(unix.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(buffer);
		}
	}

	@Test
	void theReadingEndOfAPipeIsFound() throws IOException {
		Pipe other = Pipe.open();
		Pipe pipe = Pipe.open();
		try (Pipe.SinkChannel sink = pipe.sink();
				Pipe.SourceChannel source = pipe.source();
				Pipe.SinkChannel otherSink = other.sink();
				Pipe.SourceChannel otherSource = other.source()) {
			otherSink.write(ByteBuffer.allocate(4));
			FileDescriptor descriptor = DescriptorSearch.of(sink, UNKNOWN);
			int written = LibC.readable(Descriptors.number(descriptor)).orElseThrow();
			assertThat(source.read(ByteBuffer.allocate(1))).isOne();
			assertThat(LibC.readable(Descriptors.number(descriptor))).hasValue(written - 1);
			assertThat(otherSource.read(ByteBuffer.allocate(5))).isEqualTo(4);
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "127.0.0.1", "::1", "0.0.0.0", "::" })
	void aReceivedListenerAcceptsAndNothingIsLeftOfTheChannelsOwn(String host) throws Exception {
		OpenDescriptors.assertNoneLeftBehind(() -> {
			try (ServerSocketChannel listener = ServerSocketChannel.open().bind(new InetSocketAddress(host, 0))) {
				List<Long> before = listeners();
				FileDescriptor received = Descriptors.duplicate(DescriptorSearch.of(listener, UNKNOWN));
				LibC.setNonBlocking(Descriptors.number(received));
				try (ServerSocketChannel channel = Shell.ofListener(received, SocketFacts.of(received).family())
					.channel()) {
					assertThat(received.valid()).isFalse();
					assertThat(listeners()).containsExactlyInAnyOrderElementsOf(before);
					assertThat(channel.accept()).isNull();
					assertAccepts(channel, (InetSocketAddress) listener.getLocalAddress());
				}
			}
		});
	}

	// The kernel's queue is what both share.
	private static void assertAccepts(ServerSocketChannel channel, InetSocketAddress address) throws IOException {
		try (SocketChannel client = SocketChannel.open(address); SocketChannel accepted = channel.accept()) {
			assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
			assertThat(accepted.getLocalAddress()).isEqualTo(client.getRemoteAddress());
			client.write(ByteBuffer.allocate(3));
			assertThat(accepted.read(ByteBuffer.allocate(5))).isEqualTo(3);
		}
	}

	private static List<Long> listeners() throws IOException {
		return SocketTable.listeners(SELF).stream().map(SocketTable.Entry::inode).toList();
	}

	@Test
	void aReceivedUnixListenerAcceptsAndNoFileIsLeft() throws Exception {
		Path path = this.directory.resolve("socket");
		List<Path> before = temporaryFiles();
		OpenDescriptors.assertNoneLeftBehind(() -> {
			try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
				.bind(UnixDomainSocketAddress.of(path))) {
				FileDescriptor received = Descriptors.duplicate(DescriptorSearch.of(listener, UNKNOWN));
				try (ServerSocketChannel channel = Shell.ofListener(received, LibC.Family.UNIX).channel();
						SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path));
						SocketChannel accepted = channel.accept()) {
					client.write(ByteBuffer.allocate(3));
					assertThat(accepted.read(ByteBuffer.allocate(5))).isEqualTo(3);
					assertThat(accepted.getLocalAddress()).isEqualTo(UnixDomainSocketAddress.of(path));
				}
			}
			finally {
				Files.delete(path);
			}
		});
		assertThat(temporaryFiles()).containsExactlyInAnyOrderElementsOf(before);
	}

	private static List<Path> temporaryFiles() throws IOException {
		try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
			return files.filter((file) -> file.getFileName().toString().startsWith("socket")).toList();
		}
	}

	@Test
	void whatCannotBePutInIsStillTheCallers() throws Exception {
		OpenDescriptors.assertNoneLeftBehind(() -> {
			FileDescriptor closed = new FileDescriptor();
			assertThatIOException().isThrownBy(() -> Shell.ofListener(closed, LibC.Family.INET6));
			assertThatIOException().isThrownBy(() -> Shell.ofDatagrams(closed, LibC.Family.INET));
			assertThatIOException().isThrownBy(() -> Shell.ofPipe(closed));
		});
	}

}
