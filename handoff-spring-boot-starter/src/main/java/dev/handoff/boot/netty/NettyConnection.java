package dev.handoff.boot.netty;

import java.util.concurrent.TimeUnit;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;
import reactor.netty.NettyPipeline;

/**
 * What is going on on one connection, seen from three places of its pipeline: before the
 * HTTP codec, where bytes come in; behind it, where requests come in; and at the end,
 * where the application writes responses, before Reactor Netty decides on keeping the
 * connection. Handlers run on the connection's event loop, everything else on any thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class NettyConnection {

	private static final String PREFIX = "handoff.";

	private static final String WEB_SOCKET = "websocket";

	private static final String EVENT_STREAM = "text/event-stream";

	private final Channel channel;

	private final NettyDrain drain;

	private final NettyHttp2 http2;

	// Requests that have not been answered to the end, those included that wait behind
	// another.
	private volatile int requests;

	private volatile boolean receiving;

	private volatile boolean webSocket;

	private volatile boolean eventStream;

	private String path = "";

	NettyConnection(Channel channel, NettyDrain drain) {
		this.channel = channel;
		this.drain = drain;
		this.http2 = new NettyHttp2(channel);
	}

	/**
	 * Adds the first handler to the pipeline, which adds the others: with TLS, the
	 * protocol is not known yet.
	 */
	void install() {
		ChannelPipeline pipeline = this.channel.pipeline();
		String codec = NettyPipeline.ReactiveBridge;
		if (pipeline.get(NettyPipeline.H2CUpgradeHandler) != null) {
			codec = NettyPipeline.H2CUpgradeHandler;
		}
		else if (pipeline.get(NettyPipeline.HttpCodec) != null) {
			codec = NettyPipeline.HttpCodec;
		}
		if (pipeline.get(codec) != null) {
			pipeline.addBefore(codec, PREFIX + "bytes", new Bytes());
		}
	}

	NettyHttp2 http2() {
		return this.http2;
	}

	/**
	 * Closes the connection if nothing is going on on it, after a look at the socket.
	 */
	void closeIfIdle() {
		this.http2.closeIfIdle();
		// The event loop looks for bytes before it does what is due later.
		this.channel.eventLoop().schedule(() -> {
			if (what().equals("idle")) {
				this.channel.close();
			}
		}, 1, TimeUnit.MILLISECONDS);
	}

	/**
	 * Says what is going on.
	 */
	String what() {
		if (this.webSocket) {
			return "WebSocket";
		}
		if (this.http2.isUsed()) {
			return "HTTP/2";
		}
		if (this.requests > 0) {
			return this.eventStream ? "event stream" : "request";
		}
		if (this.receiving) {
			return "request";
		}
		SslHandler ssl = this.channel.pipeline().get(SslHandler.class);
		return (ssl != null && !ssl.handshakeFuture().isDone()) ? "connection" : "idle";
	}

	/**
	 * Notices that a request begins.
	 */
	private final class Bytes extends ChannelInboundHandlerAdapter {

		private boolean installed;

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			if (!this.installed) {
				this.installed = true;
				ChannelPipeline pipeline = ctx.pipeline();
				if (pipeline.get(NettyPipeline.HttpTrafficHandler) != null) {
					pipeline.addBefore(NettyPipeline.HttpTrafficHandler, PREFIX + "requests", new Requests());
					pipeline.addBefore(NettyPipeline.ReactiveBridge, PREFIX + "responses", new Responses());
				}
			}
			NettyConnection.this.receiving = true;
			ctx.fireChannelRead(message);
		}

	}

	/**
	 * Counts requests.
	 */
	private final class Requests extends ChannelInboundHandlerAdapter {

		@Override
		@SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			if (message instanceof HttpRequest request) {
				NettyConnection.this.requests++;
				NettyConnection.this.path = request.uri();
			}
			if (message instanceof LastHttpContent) {
				NettyConnection.this.receiving = false;
			}
			ctx.fireChannelRead(message);
		}

	}

	/**
	 * Makes the response to the last request the last one.
	 */
	private final class Responses extends ChannelDuplexHandler {

		@Override
		public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
			ChannelPromise written = promise;
			if (message instanceof HttpResponse response) {
				if (response.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
					written = switchProtocols(ctx, response, promise);
				}
				else if (response.status().codeClass() != HttpStatusClass.INFORMATIONAL) {
					begin(response);
				}
			}
			if (message instanceof LastHttpContent && !isInformational(message)) {
				end();
			}
			ctx.write(message, written);
		}

		private void begin(HttpResponse response) {
			NettyConnection.this.eventStream = isEventStream(response.headers().get(HttpHeaderNames.CONTENT_TYPE));
			if (NettyConnection.this.drain.isDraining() && NettyConnection.this.requests <= 1) {
				HttpUtil.setKeepAlive(response, false);
			}
		}

		private boolean isEventStream(@Nullable String contentType) {
			return contentType != null && contentType.regionMatches(true, 0, EVENT_STREAM, 0, EVENT_STREAM.length());
		}

		private boolean isInformational(Object message) {
			return message instanceof HttpResponse response
					&& response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
		}

		@SuppressWarnings("NonAtomicVolatileUpdate") // only the event loop
		private void end() {
			NettyConnection.this.eventStream = false;
			if (NettyConnection.this.requests > 0) {
				NettyConnection.this.requests--;
			}
		}

		private ChannelPromise switchProtocols(ChannelHandlerContext ctx, HttpResponse response,
				ChannelPromise promise) {
			if (!response.headers().containsValue(HttpHeaderNames.UPGRADE, WEB_SOCKET, true)) {
				return promise;
			}
			return promise.unvoid().addListener((future) -> {
				if (future.isSuccess()) {
					NettyConnection.this.webSocket = true;
					ctx.pipeline()
						.addAfter(ctx.name(), PREFIX + WEB_SOCKET,
								new NettyWebSocket(NettyConnection.this.path, NettyConnection.this.drain.exchanges()));
				}
			});
		}

	}

}
