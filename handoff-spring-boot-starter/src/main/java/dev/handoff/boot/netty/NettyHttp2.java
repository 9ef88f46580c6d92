package dev.handoff.boot.netty;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;

/**
 * The HTTP/2 side of a connection. It is told twice to go away (RFC 9113, section 6.8):
 * first with the highest stream id, so that requests on the way are served, and a second
 * later with the last one that was. Then it is closed as soon as it has no streams.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class NettyHttp2 {

	private static final long NOTICE_MILLIS = 1000;

	private final Channel channel;

	private final AtomicBoolean told = new AtomicBoolean();

	NettyHttp2(Channel channel) {
		this.channel = channel;
	}

	boolean isUsed() {
		return this.channel.pipeline().get(Http2ConnectionHandler.class) != null;
	}

	void sayGoAway() {
		if (isUsed() && this.told.compareAndSet(false, true)) {
			this.channel.eventLoop().execute(() -> {
				goAway(Integer.MAX_VALUE);
				this.channel.eventLoop().schedule(this::sayGoodbye, NOTICE_MILLIS, TimeUnit.MILLISECONDS);
			});
		}
	}

	private void sayGoodbye() {
		Http2ConnectionHandler handler = this.channel.pipeline().get(Http2ConnectionHandler.class);
		if (handler != null) {
			goAway(handler.connection().remote().lastStreamCreated());
			this.channel.close();
		}
	}

	private void goAway(int lastStreamId) {
		Http2ConnectionHandler handler = this.channel.pipeline().get(Http2ConnectionHandler.class);
		ChannelHandlerContext ctx = this.channel.pipeline().context(Http2ConnectionHandler.class);
		if (handler != null && ctx != null) {
			handler.goAway(ctx, lastStreamId, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, ctx.newPromise());
			ctx.flush();
		}
	}

}
