package dev.handoff.boot.jetty;

import java.nio.channels.SocketChannel;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import dev.handoff.Drain;
import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.OpenConnections;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.internal.HttpConnection;
import org.jspecify.annotations.Nullable;

import org.springframework.util.ClassUtils;

/**
 * Finishes a Jetty connector's connections without breaking one.
 * <p>
 * Shutting the connector down, as Jetty's own graceful shutdown does, cannot be undone
 * and closes idle connections after a second. Here the next response on each HTTP/1.1
 * connection says {@code Connection: close}, and HTTP/2 connections get GOAWAY
 * ({@link Http2Connections}), which alone cannot be taken back.
 */
final class JettyDrain implements Drain, HttpConfiguration.Customizer {

	private static final ClassLoader CLASS_LOADER = JettyDrain.class.getClassLoader();

	private final ServerConnector connector;

	private final OpenConnections connections = new OpenConnections();

	private final @Nullable Http2Connections http2;

	private volatile boolean draining;

	JettyDrain(ServerConnector connector, LongLivedExchanges exchanges) {
		this.connector = connector;
		connector.getConnectionFactories()
			.stream()
			.filter(HttpConfiguration.ConnectionFactory.class::isInstance)
			.map((factory) -> ((HttpConfiguration.ConnectionFactory) factory).getHttpConfiguration())
			.distinct()
			.forEach((configuration) -> configuration.addCustomizer(this));
		this.http2 = ClassUtils.isPresent("org.eclipse.jetty.http2.HTTP2Connection", CLASS_LOADER)
				? new Http2Connections() : null;
		if (this.http2 != null) {
			connector.addEventListener(this.http2);
		}
		if (ClassUtils.isPresent("org.eclipse.jetty.websocket.core.WebSocketConnection", CLASS_LOADER)) {
			connector.addEventListener(new WebSocketConnections(exchanges));
		}
	}

	OpenConnections connections() {
		return this.connections;
	}

	boolean isDraining() {
		return this.draining;
	}

	@Override
	public Request customize(Request request, HttpFields.Mutable responseHeaders) {
		if (request.getConnectionMetaData().getConnection() instanceof HttpConnection connection) {
			request.addHttpStreamWrapper((stream) -> {
				LastResponse response = new LastResponse(stream, connection, this,
						request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1);
				request.setAttribute(LastResponse.ATTRIBUTE, response);
				return response;
			});
		}
		return request;
	}

	@Override
	public void start() {
		this.draining = true;
		goOn();
	}

	@Override
	public void cancel() {
		this.draining = false;
	}

	@Override
	public int remaining() {
		if (this.draining) {
			goOn();
		}
		return this.connections.count();
	}

	private void goOn() {
		if (this.http2 != null) {
			this.http2.goOn();
		}
	}

	@Override
	public void closeIdle() {
		if (this.http2 != null) {
			this.http2.closeIdle();
		}
		Map<SocketChannel, Connection> idle = new HashMap<>();
		for (EndPoint endPoint : this.connector.getConnectedEndPoints()) {
			Connection connection = unwrap(endPoint.getConnection());
			if (endPoint.getTransport() instanceof SocketChannel channel && connection instanceof HttpConnection
					&& what(connection).equals("idle")) {
				idle.put(channel, connection);
			}
		}
		Set<SocketChannel> silent = OpenConnections.silent(idle.keySet());
		silent.forEach((channel) -> close(idle.get(channel)));
	}

	@Override
	public Map<String, Integer> force() {
		Map<String, Integer> closed = new TreeMap<>();
		Collection<EndPoint> endPoints = this.connector.getConnectedEndPoints();
		for (EndPoint endPoint : endPoints) {
			Connection connection = unwrap(endPoint.getConnection());
			String what = what(connection);
			closed.merge(what, 1, Integer::sum);
			if (OpenConnections.needsReset(what) && endPoint.getTransport() instanceof SocketChannel channel) {
				OpenConnections.resetOnClose(channel);
			}
			endPoint.close();
			this.connector.getExecutor().execute(() -> fail(connection));
		}
		return closed;
	}

	/**
	 * Tells the requests that their client has gone: else an asynchronous one would never
	 * end for the application, and Spring Boot's graceful shutdown would wait for it.
	 */
	private void fail(@Nullable Connection connection) {
		if (connection instanceof HttpConnection http) {
			Runnable task = (http.getHttpChannel().getRequest() != null)
					? http.getHttpChannel().onFailure(new EofException("The drain timed out")) : null;
			if (task != null) {
				task.run();
			}
		}
		else if (this.http2 != null) {
			this.http2.fail(connection);
		}
	}

	private static void close(@Nullable Connection connection) {
		if (connection != null) {
			connection.close();
		}
	}

	private String what(@Nullable Connection connection) {
		if (connection instanceof HttpConnection http) {
			Request request = http.getHttpChannel().getRequest();
			if (request != null) {
				return (request.getAttribute(LastResponse.ATTRIBUTE) instanceof LastResponse response
						&& response.isEventStream()) ? "event stream" : "request";
			}
			return (http.getParser().isStart() && http.isRequestBufferEmpty()) ? "idle" : "request";
		}
		if (this.http2 != null && this.http2.contains(connection)) {
			return "HTTP/2";
		}
		// What follows an upgrade, or a handshake that is not over.
		return (connection != null && connection.getClass().getSimpleName().startsWith("WebSocket")) ? "WebSocket"
				: "connection";
	}

	/**
	 * Returns the connection inside a TLS connection.
	 */
	private static @Nullable Connection unwrap(@Nullable Connection connection) {
		return (connection instanceof SslConnection ssl) ? ssl.getSslEndPoint().getConnection() : connection;
	}

}
