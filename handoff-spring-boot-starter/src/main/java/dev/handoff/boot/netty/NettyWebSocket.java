package dev.handoff.boot.netty;

import dev.handoff.boot.LongLivedExchanges;
import dev.handoff.boot.WebSocketExchange;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One WebSocket session. Reactor Netty's own close closes the connection as soon as the
 * frame is written; what the client has sent meanwhile would reset it and might take the
 * frame with it. So the frame is sent here, and the client's answer closes the connection
 * (RFC 6455, section 7.1.1).
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class NettyWebSocket extends ChannelDuplexHandler implements WebSocketExchange {

	private final String path;

	private final LongLivedExchanges exchanges;

	private LongLivedExchanges.@Nullable Registration registration;

	private volatile @Nullable ChannelHandlerContext context;

	private boolean closing;

	NettyWebSocket(String path, LongLivedExchanges exchanges) {
		this.path = path;
		this.exchanges = exchanges;
	}

	@Override
	public void handlerAdded(ChannelHandlerContext ctx) {
		this.context = ctx;
		this.registration = this.exchanges.register(this);
	}

	@Override
	public void handlerRemoved(ChannelHandlerContext ctx) {
		LongLivedExchanges.Registration registration = this.registration;
		if (registration != null) {
			registration.close();
		}
	}

	@Override
	public String path() {
		return this.path;
	}

	@Override
	public void close(int code, String reason) {
		ChannelHandlerContext ctx = this.context;
		if (ctx != null) {
			ctx.executor().execute(() -> close(ctx, code, reason));
		}
	}

	private void close(ChannelHandlerContext ctx, int code, String reason) {
		if (!this.closing) {
			this.closing = true;
			ctx.writeAndFlush(new CloseWebSocketFrame(code, reason));
			// The application may not want to read just now.
			ctx.read();
		}
	}

	@Override
	public void channelRead(ChannelHandlerContext ctx, Object message) {
		if (this.closing && message instanceof CloseWebSocketFrame) {
			ReferenceCountUtil.release(message);
			ctx.close();
		}
		else {
			ctx.fireChannelRead(message);
		}
	}

	@Override
	public void channelReadComplete(ChannelHandlerContext ctx) {
		ctx.fireChannelReadComplete();
		if (this.closing) {
			ctx.read();
		}
	}

	@Override
	public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
		if (message instanceof CloseWebSocketFrame && !this.closing) {
			// The application's own.
			this.closing = true;
			ctx.write(message, promise);
		}
		else if (this.closing && message instanceof WebSocketFrame) {
			// Nothing may follow a close frame (RFC 6455, section 5.5.1).
			ReferenceCountUtil.release(message);
			promise.trySuccess();
		}
		else {
			ctx.write(message, promise);
		}
	}

}
