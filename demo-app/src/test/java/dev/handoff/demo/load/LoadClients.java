package dev.handoff.demo.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Clients of several kinds that load a server until they are stopped. None retries.
 */
public final class LoadClients implements AutoCloseable {

	private static final int BODY_SIZE = 16 * 1024;

	private static final int MAX_REQUESTS_PER_CLIENT = 10_000_000;

	private final InetSocketAddress address;

	private final Duration timeout;

	private final Tally tally;

	private final List<Thread> threads = new ArrayList<>();

	private final Set<String> names = new HashSet<>();

	private final CountDownLatch stopped = new CountDownLatch(1);

	LoadClients(InetSocketAddress address, Duration timeout, Tally tally) {
		this.address = address;
		this.timeout = timeout;
		this.tally = tally;
	}

	/**
	 * Starts the clients: each kind of request on new connections and on kept ones.
	 */
	public static LoadClients start(InetSocketAddress address, Tally tally) {
		return start(address, Duration.ofSeconds(20), tally);
	}

	/**
	 * Starts the clients: each kind of request on new connections and on kept ones.
	 * @param timeout how long a client waits for its answer
	 */
	static LoadClients start(InetSocketAddress address, Duration timeout, Tally tally) {
		LoadClients clients = new LoadClients(address, timeout, tally);
		for (int i = 0; i < 3; i++) {
			clients.start("new connection, GET", i, new Pace(0, 10), false, LoadClients::get);
			clients.start("keep-alive, GET", i, new Pace(0, 40), true, LoadClients::get);
			clients.start("keep-alive, POST", i, new Pace(0, 40), true, LoadClients::post);
			clients.start("keep-alive, GET, long pauses", i, new Pace(500, 3000), true, LoadClients::get);
			clients.start("new connection, slow GET", i, new Pace(0, 100), false, LoadClients::slow);
			clients.start("keep-alive, slow GET", i, new Pace(0, 100), true, LoadClients::slow);
		}
		clients.start("new connection, POST", 0, new Pace(0, 10), false, LoadClients::post);
		return clients;
	}

	void start(String name, int index, Pace pace, boolean keepAlive, Request request) {
		Thread thread = new Thread(() -> run(name, index, pace, keepAlive, request), name + " " + index);
		thread.setDaemon(true);
		this.names.add(name);
		this.threads.add(thread);
		thread.start();
	}

	/**
	 * Returns the kinds of clients.
	 */
	Set<String> names() {
		return Set.copyOf(this.names);
	}

	private void run(String name, int index, Pace pace, boolean keepAlive, Request request) {
		SplittableRandom random = new SplittableRandom(name.hashCode() + index);
		HttpConnection connection = null;
		try {
			for (int i = 0; i < MAX_REQUESTS_PER_CLIENT; i++) {
				if (this.stopped.await(random.nextInt(pace.minMillis(), pace.maxMillis() + 1), TimeUnit.MILLISECONDS)) {
					return;
				}
				connection = send(name, connection, keepAlive, request, random);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		catch (RuntimeException ex) {
			// A client that is gone would look like one that sees no failures.
			this.tally.failed(name, new Failure(Failure.Kind.OTHER, "the client ended: " + ex));
		}
		finally {
			if (connection != null) {
				connection.close();
			}
		}
	}

	/**
	 * Sends one request.
	 * @return the connection if it can be kept
	 */
	@Nullable HttpConnection send(String name, @Nullable HttpConnection kept, boolean keepAlive, Request request,
			SplittableRandom random) {
		HttpConnection connection = kept;
		try {
			if (connection != null && isUsedUp(connection)) {
				connection.close();
				connection = null;
			}
			long begin = System.nanoTime();
			if (connection == null) {
				connection = new HttpConnection(this.address, this.timeout);
			}
			Answer answer = request.send(connection, keepAlive, random);
			long micros = (System.nanoTime() - begin) / 1000 - answer.askedMillis() * 1000L;
			this.tally.succeeded(name, answer.generation(), Math.max(0, micros));
			if (keepAlive) {
				return connection;
			}
		}
		catch (IOException ex) {
			this.tally.failed(label(name, connection), Failure.of(ex));
		}
		catch (Failure ex) {
			this.tally.failed(label(name, connection), ex);
		}
		if (connection != null) {
			connection.close();
		}
		return null;
	}

	private static String label(String name, @Nullable HttpConnection connection) {
		return (connection != null) ? "%s, from port %d".formatted(name, connection.localPort()) : name;
	}

	private boolean isUsedUp(HttpConnection connection) throws IOException, Failure {
		if (connection.isClosing()) {
			return true;
		}
		boolean closed = connection.isClosedWhileIdle();
		if (closed) {
			this.tally.closedWhileIdle();
		}
		return closed;
	}

	static Answer get(HttpConnection connection, boolean keepAlive, SplittableRandom random)
			throws IOException, Failure {
		return whoAmI(connection, "/api/whoami", keepAlive, 0);
	}

	static Answer slow(HttpConnection connection, boolean keepAlive, SplittableRandom random)
			throws IOException, Failure {
		int millis = random.nextInt(1000, 4000);
		return whoAmI(connection, "/api/slow?ms=" + millis, keepAlive, millis);
	}

	private static Answer whoAmI(HttpConnection connection, String path, boolean keepAlive, int askedMillis)
			throws IOException, Failure {
		HttpConnection.Response response = answered(connection.exchange("GET", path, new byte[0], keepAlive));
		String body = new String(response.body(), StandardCharsets.UTF_8);
		if (!body.startsWith("{\"generation\":%d,".formatted(response.generation())) || !body.endsWith("}")) {
			throw new Failure(Failure.Kind.BODY, "generation %d said %s".formatted(response.generation(), body));
		}
		return new Answer(response.generation(), askedMillis);
	}

	static Answer post(HttpConnection connection, boolean keepAlive, SplittableRandom random)
			throws IOException, Failure {
		byte[] body = new byte[BODY_SIZE];
		random.nextBytes(body);
		HttpConnection.Response response = answered(connection.exchange("POST", "/api/echo", body, keepAlive));
		if (!Arrays.equals(response.body(), body)) {
			throw new Failure(Failure.Kind.BODY, "the echo is not what was sent");
		}
		return new Answer(response.generation(), 0);
	}

	private static HttpConnection.Response answered(HttpConnection.Response response) throws Failure {
		if (response.status() / 100 != 2) {
			throw new Failure(Failure.Kind.STATUS, "status " + response.status());
		}
		if (response.generation() < 0) {
			throw new Failure(Failure.Kind.BODY, "no generation is named");
		}
		return response;
	}

	/**
	 * Stops the clients after the requests that they have begun.
	 */
	@Override
	public void close() {
		this.stopped.countDown();
		// A request takes the timeout twice at most: to connect, and for its exchange.
		long deadline = System.nanoTime() + this.timeout.multipliedBy(2).plusSeconds(5).toNanos();
		for (Thread thread : this.threads) {
			try {
				thread.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
			if (thread.isAlive()) {
				this.tally.failed(thread.getName(), new Failure(Failure.Kind.TIMEOUT, "the client did not end"));
			}
		}
	}

	/**
	 * A kind of request.
	 */
	interface Request {

		Answer send(HttpConnection connection, boolean keepAlive, SplittableRandom random) throws IOException, Failure;

	}

	/**
	 * A response that is as it should be.
	 *
	 * @param generation who answered
	 * @param askedMillis how long the server was asked to take
	 */
	record Answer(int generation, int askedMillis) {
	}

	/**
	 * How long a client pauses between requests.
	 *
	 * @param minMillis at least
	 * @param maxMillis at most
	 */
	record Pace(int minMillis, int maxMillis) {
	}

}
