package dev.handoff.boot.rsocket;

import java.net.SocketAddress;
import java.util.HashMap;
import java.util.Map;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.rsocket.DuplexConnection;
import io.rsocket.RSocketErrorException;
import io.rsocket.exceptions.ConnectionCloseException;
import io.rsocket.frame.FrameHeaderCodec;
import io.rsocket.frame.FrameType;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * A connection that knows its streams that are not over, by the frames that pass (RSocket
 * protocol 1.0, "Stream Sequences and Lifetimes"). Safe for use by several threads.
 */
final class RSocketConnection implements DuplexConnection {

	// What may still be sent on a stream, and by whom.
	private static final int REQUESTER = 1;

	private static final int RESPONDER = 2;

	private final DuplexConnection connection;

	private final Map<Integer, Integer> streams = new HashMap<>();

	private long lastUse = System.nanoTime();

	private boolean left;

	RSocketConnection(DuplexConnection connection) {
		this.connection = connection;
	}

	/**
	 * Closes the connection if nothing is going on on it, after what is still to be
	 * written.
	 * @param quietNanos for how long nothing must have gone on
	 */
	void leaveIfQuiet(long quietNanos) {
		synchronized (this) {
			if (this.left || !this.streams.isEmpty() || System.nanoTime() - this.lastUse < quietNanos) {
				return;
			}
			this.left = true;
		}
		this.connection.sendErrorAndClose(new ConnectionCloseException("The server restarts"));
	}

	@Override
	public Flux<ByteBuf> receive() {
		return this.connection.receive().doOnNext((frame) -> passes(frame, true));
	}

	@Override
	public void sendFrame(int streamId, ByteBuf frame) {
		passes(frame, false);
		this.connection.sendFrame(streamId, frame);
	}

	private synchronized void passes(ByteBuf frame, boolean received) {
		int stream = FrameHeaderCodec.streamId(frame);
		if (stream == 0) {
			return;
		}
		this.lastUse = System.nanoTime();
		// A client's streams have odd numbers.
		boolean byRequester = received == (stream % 2 == 1);
		FrameType type = FrameHeaderCodec.nativeFrameType(frame);
		switch (type) {
			case REQUEST_RESPONSE, REQUEST_STREAM -> this.streams.put(stream, RESPONDER);
			case REQUEST_CHANNEL -> {
				this.streams.put(stream, RESPONDER | REQUESTER);
				if (isLast(frame)) {
					end(stream, REQUESTER);
				}
			}
			case PAYLOAD -> {
				if (isLast(frame)) {
					end(stream, byRequester ? REQUESTER : RESPONDER);
				}
			}
			case CANCEL -> end(stream, byRequester ? RESPONDER : REQUESTER);
			case ERROR -> this.streams.remove(stream);
			default -> {
				// Others say nothing about the life of a stream.
			}
		}
	}

	private static boolean isLast(ByteBuf frame) {
		return FrameHeaderCodec.hasComplete(frame) && !FrameHeaderCodec.hasFollows(frame);
	}

	private void end(int stream, int side) {
		this.streams.computeIfPresent(stream, (number, open) -> ((open & ~side) != 0) ? open & ~side : null);
	}

	@Override
	public void sendErrorAndClose(RSocketErrorException errorException) {
		this.connection.sendErrorAndClose(errorException);
	}

	@Override
	public ByteBufAllocator alloc() {
		return this.connection.alloc();
	}

	@Override
	public SocketAddress remoteAddress() {
		return this.connection.remoteAddress();
	}

	@Override
	public Mono<Void> onClose() {
		return this.connection.onClose();
	}

	@Override
	public void dispose() {
		this.connection.dispose();
	}

	@Override
	public boolean isDisposed() {
		return this.connection.isDisposed();
	}

}
