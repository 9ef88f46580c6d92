package dev.handoff.boot;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.LockSupport;

import org.springframework.util.FileSystemUtils;

/**
 * Measures what becomes of requests on idle keep-alive connections of a server that is
 * told to terminate and has a drain timeout of two seconds: each of 400 connections sends
 * its next request at a random moment. A client that has seen the connection end before
 * does not send. Run by hand, with the kind of server, {@code true} or {@code false} for
 * {@code handoff.enabled}, and the first and the last moment in milliseconds.
 */
final class IdleRace {

	private static final int CONNECTIONS = 400;

	private static final long DRAIN_MILLIS = 2000;

	private IdleRace() {
	}

	public static void main(String[] args) throws Exception {
		double from = Double.parseDouble(args[2]);
		double to = Double.parseDouble(args[3]);
		Path directory = Files.createTempDirectory("idle-race");
		try (SampleServer server = SampleServer.start("server", directory, ServerKind.valueOf(args[0]),
				"--handoff.enabled=" + args[1], "--handoff.drain-timeout=" + DRAIN_MILLIS + "ms",
				"--spring.lifecycle.timeout-per-shutdown-phase=" + DRAIN_MILLIS + "ms")) {
			int port = server.port();
			List<RawConnection> connections = new ArrayList<>();
			for (int i = 0; i < CONNECTIONS; i++) {
				RawConnection connection = RawConnection.to(port);
				connection.get("/thread").response();
				connections.add(connection);
			}
			ConcurrentMap<String, Integer> tally = new ConcurrentSkipListMap<>();
			Random random = new Random(1);
			server.process.signal("TERM");
			List<Thread> threads = new ArrayList<>();
			for (RawConnection connection : connections) {
				long pause = (long) ((from + random.nextDouble() * (to - from)) * 1_000_000);
				Thread thread = new Thread(() -> {
					LockSupport.parkNanos(pause);
					tally.merge(request(connection), 1, Integer::sum);
				});
				threads.add(thread);
				thread.start();
			}
			for (Thread thread : threads) {
				thread.join();
			}
			System.out.printf("%s, handoff.enabled=%s: %s%n", args[0], args[1], tally);
			server.process.awaitExit();
		}
		finally {
			FileSystemUtils.deleteRecursively(directory);
		}
	}

	private static String request(RawConnection connection) {
		try {
			if (!connection.isQuietFor(1)) {
				return "ended before";
			}
		}
		catch (IOException ex) {
			return "ended before";
		}
		try (connection) {
			connection.get("/thread").response();
			return "answered";
		}
		catch (IOException ex) {
			return "broken";
		}
	}

}
