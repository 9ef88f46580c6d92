package dev.handoff.demo.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;

/**
 * Clients of several kinds that load a server until they are stopped. None retries.
 */
final class LoadClients implements AutoCloseable {

	private static final int BODY_SIZE = 16 * 1024;

	private static final int MAX_REQUESTS_PER_CLIENT = 1_000_000;

	private final InetSocketAddress address;

	private final Tally tally;

	private final List<Thread> threads = new ArrayList<>();

	private final CountDownLatch stopped = new CountDownLatch(1);

	private LoadClients(InetSocketAddress address, Tally tally) {
		this.address = address;
		this.tally = tally;
	}

	/**
	 * Starts the clients: each kind of request on new connections and on kept ones.
	 */
	static LoadClients start(InetSocketAddress address, Tally tally) {
		LoadClients clients = new LoadClients(address, tally);
		for (int i = 0; i < 3; i++) {
			clients.start("new connection GET", i, new Pace(0, 4), false, clients::get);
			clients.start("keep-alive GET", i, new Pace(0, 40), true, clients::get);
			clients.start("keep-alive POST", i, new Pace(0, 40), true, clients::post);
			clients.start("keep-alive GET with long pauses", i, new Pace(500, 3000), true, clients::get);
			clients.start("slow GET", i, new Pace(0, 100), false, clients::slow);
		}
		clients.start("new connection POST", 0, new Pace(0, 10), false, clients::post);
		return clients;
	}

	private void start(String name, int index, Pace pace, boolean keepAlive, Request request) {
		Thread thread = new Thread(() -> run(name, index, pace, keepAlive, request), name + " " + index);
		thread.setDaemon(true);
		this.threads.add(thread);
		thread.start();
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
		finally {
			if (connection != null) {
				connection.close();
			}
		}
	}

	private @Nullable HttpConnection send(String name, @Nullable HttpConnection kept, boolean keepAlive,
			Request request, SplittableRandom random) {
		HttpConnection connection = kept;
		try {
			if (connection != null && isUsedUp(connection)) {
				connection.close();
				connection = null;
			}
			long begin = System.nanoTime();
			if (connection == null) {
				connection = new HttpConnection(this.address);
			}
			int generation = request.send(connection, keepAlive, random);
			this.tally.succeeded(generation, (System.nanoTime() - begin) / 1000);
			if (keepAlive) {
				return connection;
			}
		}
		catch (IOException ex) {
			this.tally.failed(name, Failure.of(ex));
		}
		catch (Failure ex) {
			this.tally.failed(name, ex);
		}
		if (connection != null) {
			connection.close();
		}
		return null;
	}

	private boolean isUsedUp(HttpConnection connection) throws IOException {
		boolean announced = connection.isClosing();
		boolean usedUp = connection.isUsedUp();
		if (usedUp && !announced) {
			this.tally.closedWhileIdle();
		}
		return usedUp;
	}

	private int get(HttpConnection connection, boolean keepAlive, SplittableRandom random) throws IOException, Failure {
		return answered(connection.exchange("GET", "/api/whoami", new byte[0], keepAlive)).generation();
	}

	private int slow(HttpConnection connection, boolean keepAlive, SplittableRandom random)
			throws IOException, Failure {
		String path = "/api/slow?ms=" + random.nextInt(1000, 4000);
		return answered(connection.exchange("GET", path, new byte[0], keepAlive)).generation();
	}

	private int post(HttpConnection connection, boolean keepAlive, SplittableRandom random)
			throws IOException, Failure {
		byte[] body = new byte[BODY_SIZE];
		random.nextBytes(body);
		HttpConnection.Response response = answered(connection.exchange("POST", "/api/echo", body, keepAlive));
		if (!Arrays.equals(response.body(), body)) {
			throw new Failure(Failure.Kind.BODY, "the echo is not what was sent");
		}
		return response.generation();
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
		for (Thread thread : this.threads) {
			try {
				thread.join(30_000);
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				return;
			}
		}
	}

	private interface Request {

		int send(HttpConnection connection, boolean keepAlive, SplittableRandom random) throws IOException, Failure;

	}

	/**
	 * How long a client pauses between requests.
	 *
	 * @param minMillis at least
	 * @param maxMillis at most
	 */
	private record Pace(int minMillis, int maxMillis) {
	}

}
