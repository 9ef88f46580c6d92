package dev.handoff.boot;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import dev.handoff.testsupport.ProcessTree;
import org.awaitility.Awaitility;

/**
 * An operator who uses the endpoint, and ends the successors that were started by it.
 * Each request takes a new connection, so that the process answers that serves.
 */
final class EndpointClient implements AutoCloseable {

	private static final Pattern PID = Pattern.compile("\"pid\":(\\d+)");

	private final int port;

	private final List<ProcessHandle> successors = new CopyOnWriteArrayList<>();

	private final List<RawConnection> kept = new ArrayList<>();

	EndpointClient(int port) {
		this.port = port;
	}

	HttpResponse<String> get(String path) throws IOException, InterruptedException {
		return send("GET", path);
	}

	HttpResponse<String> delete() throws IOException, InterruptedException {
		return send("DELETE", "");
	}

	HttpResponse<String> post(String path) throws IOException, InterruptedException {
		HttpResponse<String> response = send("POST", path);
		if (!path.startsWith("/")) {
			Matcher pid = PID.matcher(response.body());
			if (pid.find()) {
				ProcessHandle.of(Long.parseLong(pid.group(1))).ifPresent(this.successors::add);
			}
		}
		return response;
	}

	private HttpResponse<String> send(String method, String path) throws IOException, InterruptedException {
		URI uri = URI.create("http://127.0.0.1:%d/actuator/handoff%s".formatted(this.port, path));
		HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
		return client.send(HttpRequest.newBuilder(uri)
			.header("Content-Type", "application/json")
			.method(method, BodyPublishers.noBody())
			.build(), BodyHandlers.ofString());
	}

	/**
	 * Waits until the status, or what is at the path, says so.
	 */
	void await(String path, String text) {
		Awaitility.await()
			.alias("%s has %s".formatted(path, text))
			.atMost(Duration.ofSeconds(60))
			.until(() -> get(path).body().contains(text));
	}

	/**
	 * Waits until this generation answers.
	 */
	void awaitGeneration(int generation) {
		Awaitility.await()
			.atMost(Duration.ofSeconds(60))
			.until(() -> SampleServer.get(this.port, "/generation").body().equals("generation " + generation));
	}

	/**
	 * Opens a connection to the process that serves now, on which it can be asked once
	 * when another one serves.
	 */
	KeptConnection keep() throws IOException {
		RawConnection connection = RawConnection.to(this.port);
		this.kept.add(connection);
		connection.get("/generation").response();
		return new KeptConnection(connection);
	}

	/**
	 * Returns the names of the threads of the successor that was started last.
	 */
	List<String> threadsOfSuccessor() throws IOException {
		long pid = this.successors.get(this.successors.size() - 1).pid();
		List<String> names = new ArrayList<>();
		try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
			for (Path thread : threads.toList()) {
				try {
					names.add(Files.readString(thread.resolve("comm")).strip());
				}
				catch (IOException ex) {
					// Has ended meanwhile.
				}
			}
		}
		return names;
	}

	@Override
	public void close() throws IOException {
		this.successors.forEach(ProcessTree::end);
		for (RawConnection connection : this.kept) {
			connection.close();
		}
	}

	/**
	 * A connection that outlives a release.
	 */
	record KeptConnection(RawConnection connection) {

		RawConnection.Response ask(String method, String path) throws IOException {
			try (this.connection) {
				return this.connection.send(
						"%s /actuator/handoff%s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"
							.formatted(method, path))
					.response();
			}
		}

	}

}
