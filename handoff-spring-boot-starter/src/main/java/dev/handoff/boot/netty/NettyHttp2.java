package dev.handoff.boot.netty;

import java.util.function.Consumer;

import dev.handoff.boot.Http2GracefulShutdown;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2PingFrame;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP/2 side of a connection, once its codec is in the pipeline, which sends
 * SETTINGS when it comes there.
 */
final class NettyHttp2 {

	private final Channel channel;

	// Of the event loop.
	private @Nullable Shutdown shutdown;

	NettyHttp2(Channel channel) {
		this.channel = channel;
	}

	boolean isUsed() {
		return codec() != null;
	}

	void goOn() {
		withShutdown(Http2GracefulShutdown::goOn);
	}

	void closeIfIdle() {
		withShutdown(Http2GracefulShutdown::closeIfIdle);
	}

	private void withShutdown(Consumer<Shutdown> step) {
		if (isUsed()) {
			this.channel.eventLoop().execute(() -> {
				Shutdown current = (this.shutdown != null) ? this.shutdown : begin();
				if (current != null) {
					step.accept(current);
				}
			});
		}
	}

	private @Nullable Shutdown begin() {
		ChannelHandlerContext codec = codec();
		if (codec != null) {
			this.shutdown = new Shutdown(codec);
			codec.pipeline().addAfter(codec.name(), "handoff.pings", new Pings(this.shutdown));
		}
		return this.shutdown;
	}

	private @Nullable ChannelHandlerContext codec() {
		return this.channel.pipeline().context(Http2ConnectionHandler.class);
	}

	/**
	 * Takes the acknowledgments of its PINGs.
	 */
	private static final class Pings extends ChannelInboundHandlerAdapter {

		private final Shutdown shutdown;

		Pings(Shutdown shutdown) {
			this.shutdown = shutdown;
		}

		@Override
		public void channelRead(ChannelHandlerContext ctx, Object message) {
			if (!(message instanceof Http2PingFrame ping && ping.ack() && this.shutdown.acknowledged(ping.content()))) {
				ctx.fireChannelRead(message);
			}
		}

	}

	/**
	 * Runs on the event loop.
	 */
	@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
	private static final class Shutdown extends Http2GracefulShutdown {

		private final ChannelHandlerContext codec;

		private final Http2ConnectionHandler handler;

		Shutdown(ChannelHandlerContext codec) {
			this.codec = codec;
			this.handler = (Http2ConnectionHandler) codec.handler();
		}

		@Override
		protected void announce(long ping) {
			goAway(Integer.MAX_VALUE, ping);
		}

		@Override
		protected boolean hasStreams() {
			return this.handler.connection().numActiveStreams() > 0;
		}

		@Override
		protected void leave(long ping) {
			goAway(this.handler.connection().remote().lastStreamCreated(), ping);
		}

		private void goAway(int lastStreamId, long ping) {
			this.handler.goAway(this.codec, lastStreamId, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER,
					this.codec.newPromise());
			this.handler.encoder().writePing(this.codec, false, ping, this.codec.newPromise());
			this.codec.flush();
		}

		// Sends GOAWAY with the last stream id, unless that was sent.
		@Override
		protected void close() {
			this.codec.channel().close();
		}

	}

}
