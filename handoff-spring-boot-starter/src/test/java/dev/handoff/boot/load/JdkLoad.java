package dev.handoff.boot.load;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

import dev.handoff.boot.TestKeystore;

/**
 * The JDK's HTTP client, with HTTP/1.1: before JDK 24 its HTTP/2 breaks requests in
 * flight when it is told to go away (JDK-8335181). It retries no POST by itself; of a GET
 * it cannot be kept from repeating one on a new connection.
 */
final class JdkLoad extends ThreadedLoad {

	private final HttpClient client = HttpClient.newBuilder()
		.version(HttpClient.Version.HTTP_1_1)
		.sslContext(TestKeystore.clientContext())
		.build();

	private final URI server;

	JdkLoad(URI server) {
		super("JDK HttpClient");
		this.server = server;
		start();
	}

	@Override
	String get() throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder(this.server.resolve("/generation")).build());
	}

	@Override
	String post(String body) throws IOException, InterruptedException {
		return send(HttpRequest.newBuilder(this.server.resolve("/length"))
			.header("Content-Type", "text/plain")
			.POST(HttpRequest.BodyPublishers.ofString(body))
			.build());
	}

	private String send(HttpRequest request) throws IOException, InterruptedException {
		return this.client.send(request, HttpResponse.BodyHandlers.ofString()).body();
	}

}
