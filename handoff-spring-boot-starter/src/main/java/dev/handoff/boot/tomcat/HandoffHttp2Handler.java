package dev.handoff.boot.tomcat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.TimeUnit;

import dev.handoff.boot.Http2GracefulShutdown;
import org.apache.coyote.Adapter;
import org.apache.coyote.Request;
import org.apache.coyote.http2.Http2AsyncUpgradeHandler;
import org.apache.coyote.http2.Http2Protocol;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's handler of one HTTP/2 connection, which shuts down gracefully.
 */
final class HandoffHttp2Handler extends Http2AsyncUpgradeHandler {

	private static final CompletionHandler<Long, @Nullable Void> IGNORE = new CompletionHandler<>() {

		@Override
		public void completed(Long length, @Nullable Void attachment) {
		}

		// Whoever reads or writes next finds out.
		@Override
		public void failed(Throwable ex, @Nullable Void attachment) {
		}

	};

	private final Shutdown shutdown = new Shutdown();

	private final RunningRequests running;

	private volatile boolean saidSettings;

	private HandoffHttp2Handler(Http2Protocol protocol, RunningRequests running, @Nullable Request request,
			SocketWrapperBase<?> socketWrapper) {
		super(protocol, running, request, socketWrapper);
		this.running = running;
	}

	/**
	 * Creates a handler.
	 * @param protocol what the application configured
	 * @param adapter the way to the application
	 * @param request the request that asked for the upgrade from HTTP/1.1, if one did
	 * @param socketWrapper the connection
	 */
	static HandoffHttp2Handler create(Http2Protocol protocol, Adapter adapter, @Nullable Request request,
			SocketWrapperBase<?> socketWrapper) {
		return new HandoffHttp2Handler(protocol, new RunningRequests(adapter), request, socketWrapper);
	}

	@Override
	protected void writeSettings() {
		super.writeSettings();
		this.saidSettings = true;
	}

	/**
	 * Called again and again while the connector drains. Blocks while the client does not
	 * read.
	 */
	@Override
	public void pause() {
		// Tomcat itself would say GOAWAY before the first SETTINGS.
		if (this.saidSettings) {
			this.shutdown.goOn();
		}
	}

	void closeIfIdle() {
		this.shutdown.closeIfIdle();
	}

	@Override
	public void pingReceive(byte[] payload, boolean acknowledgment) throws IOException {
		if (!acknowledgment || !this.shutdown.acknowledged(ByteBuffer.wrap(payload).getLong())) {
			super.pingReceive(payload, acknowledgment);
		}
	}

	@Override
	public SocketState upgradeDispatch(SocketEvent event) {
		// A stream may have begun since the connection timed out.
		return (event == SocketEvent.TIMEOUT && this.shutdown.hasStreams()) ? SocketState.ASYNC_IO
				: super.upgradeDispatch(event);
	}

	private void sayGoAway() {
		super.pause();
	}

	private final class Shutdown extends Http2GracefulShutdown {

		@Override
		protected void announce(long ping) {
			sayGoAway();
			ping(ping);
		}

		@Override
		protected boolean hasStreams() {
			// In this order: a thread is in the application before its stream has ended.
			return HandoffHttp2Handler.this.activeRemoteStreamCount.get() > 0
					|| !HandoffHttp2Handler.this.running.isEmpty();
		}

		@Override
		protected void leave(long ping) {
			ping(ping);
		}

		private void ping(long payload) {
			if (!HandoffHttp2Handler.this.protocol.getInitiatePingDisabled()) {
				HandoffHttp2Handler.this.socketWrapper.write(SocketWrapperBase.BlockingMode.SEMI_BLOCK,
						HandoffHttp2Handler.this.protocol.getWriteTimeout(), TimeUnit.MILLISECONDS, null,
						SocketWrapperBase.COMPLETE_WRITE, IGNORE, ByteBuffer.wrap(PING),
						ByteBuffer.allocate(Long.BYTES).putLong(0, payload));
			}
		}

		// A connection that times out says GOAWAY with the last stream id.
		@Override
		protected void close() {
			HandoffHttp2Handler.this.socketWrapper.processSocket(SocketEvent.TIMEOUT, true);
		}

	}

}
