package dev.handoff.boot.rpc;

import java.time.Duration;
import java.util.List;
import java.util.Objects;

import javax.net.ssl.SSLException;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.rsocket.transport.netty.client.TcpClientTransport;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.tcp.TcpClient;

import org.springframework.messaging.rsocket.RSocketRequester;

/**
 * An RSocket client that never retries a request, and connects again if it has lost its
 * connection before one.
 */
public final class RSocketClient implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	private final RSocketRequester requester;

	/**
	 * Creates a client, which connects when it makes a request.
	 */
	public RSocketClient(int port, boolean tls) throws SSLException {
		TcpClient client = TcpClient.create().host("127.0.0.1").port(port);
		if (tls) {
			SslContext trusting = SslContextBuilder.forClient()
				.trustManager(InsecureTrustManagerFactory.INSTANCE)
				.build();
			client = client.secure((spec) -> spec.sslContext(trusting));
		}
		this.requester = RSocketRequester.builder().transport(TcpClientTransport.create(client));
	}

	/**
	 * Returns the generation that answers.
	 */
	public String generation() {
		return Objects.requireNonNull(this.requester.route("generation").retrieveMono(String.class).block(LIMIT));
	}

	/**
	 * Returns a stream of answers.
	 */
	public Mono<List<String>> count(int answers) {
		return this.requester.route("count").data(Integer.toString(answers)).retrieveFlux(String.class).collectList();
	}

	/**
	 * Returns the answers to a stream of requests.
	 */
	public Mono<List<String>> echo(int requests) {
		return this.requester.route("echo")
			.data(Flux.range(0, requests).delayElements(RpcMethods.PAUSE).map((number) -> "x"), String.class)
			.retrieveFlux(String.class)
			.collectList();
	}

	@Override
	public void close() {
		this.requester.dispose();
	}

}
