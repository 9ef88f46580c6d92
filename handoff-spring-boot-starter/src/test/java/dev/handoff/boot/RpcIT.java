package dev.handoff.boot;

import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

import dev.handoff.Processes;
import dev.handoff.boot.rpc.GrpcClient;
import dev.handoff.boot.rpc.RSocketClient;
import dev.handoff.boot.rpc.RpcApplication;
import dev.handoff.boot.rpc.RpcMethods;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Servers of gRPC and RSocket, in an application without a web server.
 */
@Tag("jdk-independent")
@Timeout(600)
@ExtendWith(Processes.class)
class RpcIT {

	private static final Logger logger = LoggerFactory.getLogger(RpcIT.class);

	/** As many messages as a stream of 10 seconds has. */
	private static final int MESSAGES = 40;

	@TempDir
	Path directory;

	@ParameterizedTest(name = "TLS {0}")
	@CsvSource({ "false, 10, 50000", "true, 4, 20000" })
	void noCallFails(boolean tls, int handoffs, int calls) throws Exception {
		List<String> arguments = new ArrayList<>();
		if (tls) {
			arguments.addAll(TestKeystore.in(this.directory).arguments());
			arguments
				.addAll(List.of("--spring.grpc.server.ssl.bundle=test", "--spring.rsocket.server.ssl.bundle=test"));
		}
		Deque<SampleServer> servers = new ArrayDeque<>();
		servers.add(start("0", 0, 0, arguments));
		int grpc = grpcPort(servers.getLast());
		int rsocket = rsocketPort(servers.getLast());
		servers.getLast().awaitServing();
		List<Future<List<String>>> streams = new ArrayList<>();
		List<AutoCloseable> clients = new ArrayList<>();
		try (Load load = new Load(grpc, rsocket, tls)) {
			GrpcClient streaming = new GrpcClient(grpc, tls);
			clients.add(streaming);
			for (int i = 1; i <= handoffs; i++) {
				streams.add(streaming.count(MESSAGES));
				streams.add(streaming.send(RpcMethods.SUM, MESSAGES));
				streams.add(streaming.send(RpcMethods.ECHO, MESSAGES));
				RSocketClient client = new RSocketClient(rsocket, tls);
				clients.add(client);
				streams.add(client.count(MESSAGES).toFuture());
				streams.add(client.echo(MESSAGES).toFuture());
				servers.add(start(Integer.toString(i), grpc, rsocket, arguments));
				servers.getLast().awaitServing();
			}
			load.await(calls);
			for (Future<List<String>> stream : streams) {
				List<String> answers = stream.get(60, TimeUnit.SECONDS);
				assertThat(new HashSet<>(answers)).as("one generation").hasSize(1);
				assertThat(answers.size()).isIn(1, MESSAGES);
				if (answers.size() == 1) {
					assertThat(answers.get(0)).endsWith(": " + MESSAGES);
				}
			}
			load.stop();
			logger.info("{} handoffs, TLS {}: {}", handoffs, tls, load);
			assertThat(load.failures).isEmpty();
			while (servers.size() > 1) {
				SampleServer predecessor = servers.removeFirst();
				assertThat(predecessor.process.awaitExit()).isZero();
				assertThat(predecessor.process.output()).doesNotContain("The drain timed out");
			}
		}
		finally {
			for (AutoCloseable client : clients) {
				client.close();
			}
			servers.forEach(SampleServer::close);
		}
	}

	@Test
	void whatIsLeftAtTheEndOfADrainIsToldToCallAgain() throws Exception {
		List<String> arguments = List.of("--handoff.drain-timeout=4s", "--handoff.reconnect-spread=1s");
		try (SampleServer first = start("first", 0, 0, arguments)) {
			int grpc = grpcPort(first);
			int rsocket = rsocketPort(first);
			first.awaitServing();
			try (GrpcClient client = new GrpcClient(grpc, false);
					RSocketClient other = new RSocketClient(rsocket, false)) {
				CompletableFuture<List<String>> endless = client.count(Integer.MAX_VALUE);
				BlockingQueue<ServingStatus> health = client.watchHealth();
				Future<List<String>> stream = other.count(Integer.MAX_VALUE).toFuture();
				assertThat(client.generation()).isEqualTo("generation 0");
				assertThat(other.generation()).isEqualTo("generation 0");
				assertThat(health.take()).isEqualTo(ServingStatus.SERVING);
				try (SampleServer second = start("second", grpc, rsocket, arguments)) {
					second.awaitServing();
					// Calls are answered here until the client has seen GOAWAY.
					while (!client.generation().equals("generation 1")) {
						LockSupport.parkNanos(10_000_000);
					}
					assertThat(health.take()).isEqualTo(ServingStatus.NOT_SERVING);
					assertThatThrownBy(() -> endless.get(30, TimeUnit.SECONDS)).cause()
						.isInstanceOfSatisfying(StatusRuntimeException.class, (ex) -> {
							assertThat(ex.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
							assertThat(ex.getStatus().getDescription()).isEqualTo("The server restarts, call again");
						});
					first.process.await("The application was told that a call is cancelled: true");
					assertThatThrownBy(() -> stream.get(30, TimeUnit.SECONDS))
						.hasRootCauseInstanceOf(ClosedChannelException.class);
					first.process.await("The drain timed out");
					assertThat(first.process.awaitExit()).isZero();
					assertThat(other.generation()).isEqualTo("generation 1");
				}
			}
		}
	}

	private SampleServer start(String name, int grpc, int rsocket, List<String> arguments) {
		List<String> all = new ArrayList<>(arguments);
		all.addAll(List.of("--spring.main.web-application-type=none", "--spring.grpc.server.port=" + grpc,
				"--spring.rsocket.server.port=" + rsocket));
		return SampleServer.start(name, this.directory, RpcApplication.class, all.toArray(new String[0]));
	}

	private static int grpcPort(SampleServer server) {
		return Integer.parseInt(server.process.await("gRPC Server started, .*port: (\\d+)").group(1));
	}

	private static int rsocketPort(SampleServer server) {
		return Integer.parseInt(server.process.await("Netty RSocket started on port (\\d+)").group(1));
	}

	/**
	 * Clients that call one after the other.
	 */
	private static final class Load implements AutoCloseable {

		private static final int THREADS = 4;

		private final AtomicBoolean stopped = new AtomicBoolean();

		private final AtomicInteger calls = new AtomicInteger();

		private final AtomicInteger requests = new AtomicInteger();

		private final Queue<String> failures = new ConcurrentLinkedQueue<>();

		private final List<Thread> threads = new ArrayList<>();

		Load(int grpc, int rsocket, boolean tls) {
			for (int i = 0; i < THREADS; i++) {
				add(() -> {
					try (GrpcClient client = new GrpcClient(grpc, tls)) {
						repeat(client::generation, this.calls, 1_000_000);
					}
				});
			}
			add(() -> {
				while (!this.stopped.get()) {
					// A connection for three requests, which the client closes.
					try (RSocketClient client = new RSocketClient(rsocket, tls)) {
						for (int i = 0; i < 3; i++) {
							call(client::generation, this.requests);
						}
					}
					LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(50_000_000));
				}
			});
			add(() -> {
				// A connection that is closed by the server, between two requests.
				try (RSocketClient client = new RSocketClient(rsocket, tls)) {
					repeat(client::generation, this.requests, 3_000_000_000L);
				}
			});
		}

		private void add(Client client) {
			Thread thread = new Thread(() -> {
				try {
					client.run();
				}
				catch (Exception ex) {
					this.failures.add(ex.toString());
				}
			}, "load");
			thread.setDaemon(true);
			thread.start();
			this.threads.add(thread);
		}

		private void repeat(Supplier<String> call, AtomicInteger count, long pauseNanos) {
			while (!this.stopped.get()) {
				call(call, count);
				LockSupport.parkNanos(pauseNanos);
			}
		}

		private void call(Supplier<String> call, AtomicInteger count) {
			try {
				String answer = call.get();
				if (!answer.startsWith("generation ")) {
					this.failures.add(answer);
				}
			}
			catch (RuntimeException ex) {
				this.failures.add(ex.toString());
			}
			count.incrementAndGet();
		}

		void await(int expected) {
			while (this.calls.get() < expected && this.failures.isEmpty()) {
				LockSupport.parkNanos(10_000_000);
			}
		}

		void stop() throws InterruptedException {
			this.stopped.set(true);
			for (Thread thread : this.threads) {
				thread.join(60_000);
			}
		}

		@Override
		public void close() {
			this.stopped.set(true);
		}

		@Override
		public String toString() {
			return "%d gRPC calls, %d RSocket requests, failed %s".formatted(this.calls.get(), this.requests.get(),
					this.failures);
		}

		private interface Client {

			void run() throws Exception;

		}

	}

}
