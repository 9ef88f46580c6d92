package dev.handoff.boot.load;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import dev.handoff.testsupport.ProcessTree;
import org.jspecify.annotations.Nullable;

/**
 * A command that sends a few requests and ends, started again and again, with random
 * pauses of up to 100 ms.
 */
final class RepeatedCommandLoad implements LoadClient {

	private static final Pattern H2LOAD = Pattern
		.compile("requests: \\d+ total, (\\d+) started, (\\d+) done, (\\d+) succeeded.*");

	private static final Pattern H2LOAD_STATUS = Pattern
		.compile("status codes: \\d+ 2xx, (\\d+) 3xx, (\\d+) 4xx, (\\d+) 5xx");

	private final Kind kind;

	private final Tally tally;

	private final @Nullable Http2Witness witness;

	private final Thread thread;

	private volatile @Nullable Process process;

	private volatile boolean stopped;

	RepeatedCommandLoad(Kind kind) {
		this(kind, new Tally(kind.name()), null);
	}

	private RepeatedCommandLoad(Kind kind, Tally tally, @Nullable Http2Witness witness) {
		this.kind = kind;
		this.witness = witness;
		this.tally = tally;
		this.thread = new Thread(this::run, "load");
		this.thread.setDaemon(true);
		this.thread.start();
	}

	/**
	 * HTTP/2, as a witness sees it. The client speaks to the witness without TLS, and has
	 * to be told what the server expects.
	 */
	static RepeatedCommandLoad h2load(URI server) {
		Tally tally = new Tally("h2load HTTP/2");
		Http2Witness witness = new Http2Witness(server, tally);
		return new RepeatedCommandLoad(new Kind(
				"h2load HTTP/2", List.of("nice", "h2load", "-n", "200", "-c", "4", "-m", "5", "-H",
						":scheme: " + server.getScheme(), witness.address().resolve("/generation").toString()),
				(output, unused) -> {
				}), tally, witness);
	}

	static Kind h2loadHttp1(URI server) {
		return new Kind("h2load HTTP/1.1",
				List.of("nice", "h2load", "--h1", "-n", "100", "-c", "4", server.resolve("/generation").toString()),
				RepeatedCommandLoad::readH2loadHttp1);
	}

	/** Each command opens a connection and keeps it for three requests. */
	static Kind curl(URI server) {
		String url = server.resolve("/length").toString();
		return new Kind("curl",
				List.of("nice", "curl", "-sS", "-k", "--http1.1", "--retry", "0", "--max-time", "60", "-w",
						"\n%{http_code}\n", "-H", "Content-Type: text/plain", "-d", ThreadedLoad.BODY, url, url, url),
				RepeatedCommandLoad::readCurl);
	}

	private void run() {
		while (!this.stopped) {
			try {
				Process started = new ProcessBuilder(this.kind.command()).redirectErrorStream(true).start();
				this.process = started;
				String output = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
				started.waitFor();
				this.kind.reader().accept(output, this.tally);
				LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(100_000_000));
			}
			catch (IOException | InterruptedException | RuntimeException ex) {
				this.tally.fail(ex.toString(), 1);
				return;
			}
		}
	}

	/**
	 * With HTTP/1.1, h2load counts no success if the reason phrase is empty, as Tomcat's
	 * is (RFC 9112, section 4).
	 */
	private static void readH2loadHttp1(String output, Tally tally) {
		Matcher requests = H2LOAD.matcher(output);
		Matcher status = H2LOAD_STATUS.matcher(output);
		if (!requests.find() || !status.find()) {
			tally.fail(output, 1);
			return;
		}
		long started = Long.parseLong(requests.group(1));
		tally.add(started);
		tally.fail("not done: " + requests.group(), started - Long.parseLong(requests.group(2)));
		for (int i = 1; i <= 3; i++) {
			tally.fail(status.group(), Long.parseLong(status.group(i)));
		}
	}

	private static void readCurl(String output, Tally tally) {
		tally.add(3);
		List<String> lines = new ArrayList<>(output.lines().toList());
		String expected = Integer.toString(ThreadedLoad.BODY.length());
		if (!lines.equals(List.of(expected, "200", expected, "200", expected, "200"))) {
			tally.fail(String.join(" ", lines), 1);
		}
	}

	@Override
	public void close() {
		this.stopped = true;
		try {
			// Another one may just be starting.
			while (this.thread.isAlive()) {
				Process last = this.process;
				if (last != null) {
					ProcessTree.end(last.toHandle());
				}
				this.thread.join(100);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
		if (this.witness != null) {
			this.witness.close();
		}
	}

	@Override
	public Tally stop() throws InterruptedException {
		this.stopped = true;
		this.thread.join(60_000);
		return this.tally;
	}

	/**
	 * What to start, and how to understand what it prints.
	 *
	 * @param name its name
	 * @param command the command
	 * @param reader adds an output to the tally
	 */
	record Kind(String name, List<String> command, BiConsumer<String, Tally> reader) {

	}

}
