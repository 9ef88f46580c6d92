package dev.handoff.boot.grpc;

import dev.handoff.boot.netty.ChannelDrain;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.util.AttributeKey;

/**
 * Finishes the connections of a gRPC server. When one is closed, gRPC itself sends
 * GOAWAY, PING and, once that is answered, GOAWAY again with the last call that it will
 * answer (RFC 9113, section 6.8), and waits for the calls. A client makes its next call
 * on a connection of its own accord, and loses none. One that was asked to leave does so,
 * also if the drain is cancelled.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what fails closes the channel
final class GrpcDrain extends ChannelDrain {

	private static final AttributeKey<Boolean> LEAVING = AttributeKey.valueOf(GrpcDrain.class, "leaving");

	@Override
	protected void goOn() {
		for (Channel channel : channels()) {
			// Not before the end of the TLS handshake: the client would take it for a
			// failure.
			if (channel.pipeline().get(Http2ConnectionHandler.class) != null
					&& channel.attr(LEAVING).setIfAbsent(true) == null) {
				channel.close();
			}
		}
	}

	@Override
	protected String what(Channel channel) {
		Http2ConnectionHandler http2 = channel.pipeline().get(Http2ConnectionHandler.class);
		return (http2 != null && http2.connection().numActiveStreams() > 0) ? "gRPC call" : "gRPC connection";
	}

}
