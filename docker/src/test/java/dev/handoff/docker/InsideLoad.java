package dev.handoff.docker;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.demo.load.Failure;
import dev.handoff.demo.load.LoadClients;
import dev.handoff.demo.load.Tally;

/**
 * Loads the port of its own network namespace until it is told to terminate, and prints
 * what the clients saw. To be run in a container.
 */
public final class InsideLoad {

	private static final int LIMIT_MINUTES = 20;

	private InsideLoad() {
	}

	public static void main(String[] args) throws InterruptedException {
		Tally tally = new Tally();
		LoadClients clients = LoadClients
			.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0])), tally);
		Runtime.getRuntime().addShutdownHook(new Thread(() -> {
			clients.close();
			System.out.println(tally.table());
			System.out.printf("requests: %d failed: %d refused: %d%n", tally.requests(), tally.failed(),
					tally.failed(Failure.Kind.REFUSED));
		}));
		System.out.println("loading");
		new CountDownLatch(1).await(LIMIT_MINUTES, TimeUnit.MINUTES);
	}

}
