package dev.handoff;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Chains of generations that hand over unix-domain listeners, UDP sockets and IPv6
 * listeners.
 */
@Timeout(120)
@ExtendWith(Processes.class)
class OtherSocketsIT {

	private static final String IPV4_ONLY = "-Djava.net.preferIPv4Stack=true";

	@TempDir
	private Path directory;

	@Test
	void unixDomainListenerIsHandedOverUnderLoad() throws Exception {
		Path path = this.directory.resolve("app.sock");
		String listener = "app=unix:" + path;
		ServerProcess current = serving(0, listener);
		AtomicBoolean stop = new AtomicBoolean();
		CompletableFuture<Map<String, Integer>> load = CompletableFuture.supplyAsync(() -> {
			Map<String, Integer> answers = new TreeMap<>();
			while (!stop.get()) {
				answers.merge(askUnix(path), 1, Integer::sum);
			}
			return answers;
		});
		for (int generation = 1; generation <= 3; generation++) {
			ServerProcess successor = serving(generation, listener);
			assertThat(current.awaitExit()).isZero();
			current = successor;
		}
		stop.set(true);
		assertThat(load.get().keySet()).isNotEmpty()
			.allMatch((answer) -> answer.matches("hello from generation [0-3] .* listener app"));
		assertThat(askUnix(path)).contains("generation 3");
	}

	@Test
	void staleFileIsReplacedAndALiveOneIsNot() throws Exception {
		Path path = this.directory.resolve("app.sock");
		String listener = "app=unix:" + path;
		ServerProcess killed = serving(0, listener);
		killed.signal("KILL");
		killed.awaitExit();
		assertThat(path).exists();
		serving(0, listener);
		assertThat(askUnix(path)).contains("generation 0");
		ServerProcess other = start(
				List.of("-Dtest.application=other", "-Dtest.socket=" + this.directory.resolve("other")), listener);
		other
			.await("failed ListenerBindException: Listener 'app' cannot be bound to .*: another process listens there");
		Path file = Files.writeString(this.directory.resolve("file"), "precious");
		ServerProcess onFile = start(
				List.of("-Dtest.application=third", "-Dtest.socket=" + this.directory.resolve("third")),
				"app=unix:" + file);
		onFile.await("failed ListenerBindException: .*: a file that is no socket is there");
		assertThat(file).hasContent("precious");
		assertThat(askUnix(path)).contains("generation 0");
	}

	@Test
	void eachDatagramIsAnsweredOnceByOneOfTheTwo() throws Exception {
		ServerProcess current = serving(0, "dns=udp:127.0.0.1:0");
		int port = this.lastPort;
		AtomicBoolean stop = new AtomicBoolean();
		CompletableFuture<Integer> load = CompletableFuture.supplyAsync(() -> askUdpUntil(stop, port));
		for (int generation = 1; generation <= 3; generation++) {
			ServerProcess successor = serving(generation, "dns=udp:127.0.0.1:0");
			assertThat(this.lastPort).isEqualTo(port);
			assertThat(current.awaitExit()).isZero();
			current = successor;
		}
		stop.set(true);
		assertThat(load.get()).isPositive();
		assertThat(askUdp(port, "last")).isEqualTo("last from generation 3");
	}

	@Test
	void datagramsThatArriveWhileNobodyReceivesWaitForTheSuccessor() throws Exception {
		ServerProcess predecessor = serving(0, "dns=udp:127.0.0.1:0");
		int port = this.lastPort;
		ServerProcess successor = start(List.of(), "dns=udp:127.0.0.1:0");
		successor.await("^started");
		predecessor.signal("KILL");
		predecessor.awaitExit();
		try (DatagramSocket client = new DatagramSocket()) {
			client.setSoTimeout(30_000);
			send(client, port, "parked");
			successor.ready();
			assertThat(receive(client)).isEqualTo("parked from generation 1");
		}
	}

	@Test
	void ipv6ListenerIsHandedOver() throws Exception {
		ServerProcess first = serving(0, "http=::1:0");
		int port = this.lastPort;
		ServerProcess second = serving(1, "http=::1:0");
		assertThat(this.lastPort).isEqualTo(port);
		assertThat(first.awaitExit()).isZero();
		assertThat(second.isAlive()).isTrue();
	}

	@Test
	void versionsOfIpThatASuccessorCannotChangeAreTold() throws Exception {
		String anyAddress = "http=0.0.0.0:0";
		ServerProcess first = serving(0, anyAddress, IPV4_ONLY);
		int port = this.lastPort;
		ServerProcess second = serving(1, anyAddress);
		assertThat(second.output()).contains("Listener 'http' is reached over IPv4, and one that this process binds"
				+ " would be over IPv4 and IPv6");
		assertThat(first.awaitExit()).isZero();
		ServerProcess third = serving(2, anyAddress, IPV4_ONLY);
		assertThat(this.lastPort).isEqualTo(port);
		assertThat(third.output()).doesNotContain("is reached over");
	}

	@Test
	void serverOfOneVersionOfIpServesASocketOfBoth() throws Exception {
		ServerProcess first = serving(0, "http=0.0.0.0:0");
		assertThat(first.output()).doesNotContain("is reached over");
		ServerProcess second = serving(1, "http=0.0.0.0:0", IPV4_ONLY);
		assertThat(second.output()).contains("Listener 'http' is reached over IPv4 and IPv6, and one that this process"
				+ " binds would be over IPv4");
		assertThat(first.awaitExit()).isZero();
		for (String host : List.of("127.0.0.1", "::1")) {
			try (LineClient client = LineClient.connect(new InetSocketAddress(host, this.lastPort))) {
				client.send("hello");
				assertThat(client.answer()).contains("generation 1");
			}
		}
	}

	private int lastPort;

	private ServerProcess serving(int generation, String listener, String... jvmArgs) {
		ServerProcess process = start(List.of(jvmArgs), listener);
		String address = process.await("^listener \\S+ (\\S+)").group(1);
		if (address.contains(":")) {
			this.lastPort = Integer.parseInt(address.substring(address.lastIndexOf(':') + 1));
		}
		process.await("^started generation " + generation);
		process.ready();
		process.awaitState(HandoffState.SERVING);
		return process;
	}

	private ServerProcess start(List<String> jvmArgs, String listener) {
		List<String> all = new ArrayList<>(List.of("-Dtest.socket=" + this.directory.resolve("control.sock")));
		all.addAll(jvmArgs);
		return ServerProcess.start("server", List.of(), all, TestServer.class.getName(), List.of(listener));
	}

	private static String askUnix(Path path) {
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
			channel.write(StandardCharsets.UTF_8.encode("hello\n"));
			return String.valueOf(
					new BufferedReader(new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.UTF_8))
						.readLine());
		}
		catch (IOException ex) {
			return "failed " + ex;
		}
	}

	private static int askUdpUntil(AtomicBoolean stop, int port) {
		int answered = 0;
		while (!stop.get()) {
			String text = "datagram " + answered;
			String answer = askUdp(port, text);
			if (!answer.matches(text + " from generation [0-3]")) {
				throw new IllegalStateException(answer);
			}
			answered++;
		}
		return answered;
	}

	private static String askUdp(int port, String text) {
		try (DatagramSocket client = new DatagramSocket()) {
			client.setSoTimeout(30_000);
			send(client, port, text);
			return receive(client);
		}
		catch (IOException ex) {
			return "failed " + ex;
		}
	}

	private static void send(DatagramSocket client, int port, String text) throws IOException {
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		client
			.send(new DatagramPacket(bytes, bytes.length, InetAddress.getByAddress(new byte[] { 127, 0, 0, 1 }), port));
	}

	private static String receive(DatagramSocket client) throws IOException {
		ByteBuffer buffer = ByteBuffer.allocate(1024);
		DatagramPacket packet = new DatagramPacket(buffer.array(), buffer.capacity());
		client.receive(packet);
		return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
	}

}
