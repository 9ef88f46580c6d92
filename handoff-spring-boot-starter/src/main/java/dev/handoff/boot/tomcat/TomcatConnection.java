package dev.handoff.boot.tomcat;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.boot.OpenConnections;
import jakarta.servlet.http.HttpUpgradeHandler;
import org.apache.coyote.Processor;
import org.apache.coyote.Request;
import org.apache.coyote.UpgradeToken;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * What is going on on one connection, as far as Tomcat shows it: a connection has a
 * processor while something is under way on it, except while a thread works on it, which
 * holds its lock then. Immutable.
 */
record TomcatConnection(SocketWrapperBase<NioChannel> wrapper) {

	// Tomcat's own handlers are not public.
	private static final String HTTP2_PACKAGE = Http2Protocol.class.getPackageName();

	private static final String WEB_SOCKET_HANDLER = "org.apache.tomcat.websocket.server.WsHttpUpgradeHandler";

	/**
	 * Says what is going on.
	 */
	String what() {
		HttpUpgradeHandler upgradeHandler = upgradeHandler();
		if (upgradeHandler != null) {
			return what(upgradeHandler);
		}
		if (!this.wrapper.getSocket().isHandshakeComplete()) {
			return "connection";
		}
		Processor processor = processor();
		if (processor != null) {
			return isEventStream(processor.getRequest()) ? "event stream" : "request";
		}
		return this.wrapper.getLock().isLocked() ? "request" : "idle";
	}

	private static String what(HttpUpgradeHandler upgradeHandler) {
		if (isHttp2(upgradeHandler)) {
			return "HTTP/2";
		}
		return isWebSocket(upgradeHandler) ? "WebSocket" : "connection";
	}

	private static boolean isHttp2(HttpUpgradeHandler upgradeHandler) {
		return upgradeHandler instanceof HandoffHttp2Handler
				|| upgradeHandler.getClass().getPackageName().equals(HTTP2_PACKAGE);
	}

	private static boolean isWebSocket(HttpUpgradeHandler upgradeHandler) {
		return upgradeHandler.getClass().getName().equals(WEB_SOCKET_HANDLER);
	}

	private static boolean isEventStream(@Nullable Request request) {
		String type = (request != null) ? request.getResponse().getContentType() : null;
		return type != null && type.toLowerCase(Locale.ROOT).startsWith("text/event-stream");
	}

	/**
	 * Returns what upgraded the connection to a WebSocket.
	 */
	@Nullable HttpUpgradeHandler webSocket() {
		HttpUpgradeHandler upgradeHandler = upgradeHandler();
		return (upgradeHandler != null && isWebSocket(upgradeHandler)) ? upgradeHandler : null;
	}

	/**
	 * Closes the connection if nothing is going on on it, after a look at the socket.
	 */
	void closeIfIdle() {
		if (upgradeHandler() instanceof HandoffHttp2Handler http2) {
			http2.closeIfIdle();
			return;
		}
		ReentrantLock lock = this.wrapper.getLock();
		// Whoever has it works on a request.
		if (lock.tryLock()) {
			try {
				if (processor() == null && this.wrapper.getSocket().isHandshakeComplete() && isSilent()) {
					this.wrapper.close();
				}
			}
			finally {
				lock.unlock();
			}
		}
	}

	/**
	 * Closes the connection, whatever is going on on it, and lets Tomcat find that out as
	 * if the client had gone: else an asynchronous request would never end for the
	 * application, and Spring Boot's graceful shutdown would wait for it.
	 * @param reset whether the client gets a reset
	 */
	void cut(boolean reset) {
		SocketChannel channel = channel();
		if (channel == null) {
			return;
		}
		if (reset) {
			OpenConnections.resetOnClose(channel);
		}
		try {
			channel.close();
		}
		catch (IOException ex) {
			// It is closed all the same.
		}
		this.wrapper.setError(new EOFException("The drain timed out"));
		this.wrapper.processSocket(SocketEvent.ERROR, true);
	}

	private boolean isSilent() {
		SocketChannel channel = channel();
		return channel != null && this.wrapper.getSocketBufferHandler().isReadBufferEmpty()
				&& OpenConnections.silent(Set.of(channel)).contains(channel);
	}

	// Tomcat's closed channel has none.
	private @Nullable SocketChannel channel() {
		return this.wrapper.getSocket().getIOChannel();
	}

	private @Nullable HttpUpgradeHandler upgradeHandler() {
		Processor processor = processor();
		// One of AJP refuses to be asked for a token.
		UpgradeToken token = (processor != null && processor.isUpgrade()) ? processor.getUpgradeToken() : null;
		return (token != null) ? token.httpUpgradeHandler() : null;
	}

	private @Nullable Processor processor() {
		return (Processor) this.wrapper.getCurrentProcessor();
	}

}
