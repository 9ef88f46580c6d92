package dev.handoff.boot.grpc;

import dev.handoff.boot.LongLivedExchange;
import dev.handoff.boot.LongLivedExchanges;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;

/**
 * Gives calls with streams the time that a drain has, and ends those that are left with
 * {@code UNAVAILABLE}, which tells the client to call again: one by one before the time
 * is up, so that the clients do not all come at once. Those who watch the health are told
 * that at the beginning of the drain.
 */
final class StreamingCalls implements ServerInterceptor {

	// It has no end of its own (gRPC health checking protocol).
	private static final String HEALTH_WATCH = "grpc.health.v1.Health/Watch";

	private final LongLivedExchanges exchanges;

	private final Runnable beforeWatchesEnd;

	/**
	 * Creates an interceptor.
	 * @param exchanges ends calls
	 * @param beforeWatchesEnd tells those who watch the health
	 */
	StreamingCalls(LongLivedExchanges exchanges, Runnable beforeWatchesEnd) {
		this.exchanges = exchanges;
		this.beforeWatchesEnd = beforeWatchesEnd;
	}

	@Override
	public <Q, S> ServerCall.Listener<Q> interceptCall(ServerCall<Q, S> call, Metadata headers,
			ServerCallHandler<Q, S> next) {
		if (call.getMethodDescriptor().getType() == MethodType.UNARY) {
			return next.startCall(call, headers);
		}
		if (call.getMethodDescriptor().getFullMethodName().equals(HEALTH_WATCH)) {
			StreamingCall<Q, S> watch = new StreamingCall<>(call, this.beforeWatchesEnd);
			ServerCall.Listener<Q> listener = next.startCall(watch, headers);
			return new StreamingListener<>(listener, watch, this.exchanges.register(watch));
		}
		StreamingCall<Q, S> streaming = new StreamingCall<>(call, () -> {
		});
		ServerCall.Listener<Q> listener = next.startCall(streaming, headers);
		return new StreamingListener<>(listener, streaming, this.exchanges.registerFinite(streaming));
	}

	/**
	 * A call that two threads may end: the application's and the one that ends exchanges.
	 * What the application sends afterwards is dropped, as after a client's cancellation.
	 */
	private static final class StreamingCall<Q, S> extends SimpleForwardingServerCall<Q, S>
			implements LongLivedExchange {

		private final Runnable beforeEnd;

		private boolean closed;

		private volatile boolean ended;

		StreamingCall(ServerCall<Q, S> call, Runnable beforeEnd) {
			super(call);
			this.beforeEnd = beforeEnd;
		}

		@Override
		public String path() {
			return "/" + getMethodDescriptor().getFullMethodName();
		}

		@Override
		public void end() {
			this.beforeEnd.run();
			close();
		}

		private synchronized void close() {
			if (!this.closed) {
				this.closed = true;
				this.ended = true;
				super.close(Status.UNAVAILABLE.withDescription("The server restarts, call again"), new Metadata());
			}
		}

		@Override
		public synchronized void sendHeaders(Metadata headers) {
			if (!this.ended) {
				super.sendHeaders(headers);
			}
		}

		@Override
		public synchronized void sendMessage(S message) {
			if (!this.ended) {
				super.sendMessage(message);
			}
		}

		@Override
		public synchronized void close(Status status, Metadata trailers) {
			if (!this.ended) {
				this.closed = true;
				super.close(status, trailers);
			}
		}

		@Override
		public boolean isCancelled() {
			return this.ended || super.isCancelled();
		}

	}

	/**
	 * Tells the application that a call was ended as it would be told that its client
	 * has.
	 */
	private static final class StreamingListener<Q> extends SimpleForwardingServerCallListener<Q> {

		private final StreamingCall<Q, ?> call;

		private final LongLivedExchanges.Registration registration;

		StreamingListener(ServerCall.Listener<Q> listener, StreamingCall<Q, ?> call,
				LongLivedExchanges.Registration registration) {
			super(listener);
			this.call = call;
			this.registration = registration;
		}

		@Override
		public void onComplete() {
			this.registration.close();
			if (this.call.ended) {
				super.onCancel();
			}
			else {
				super.onComplete();
			}
		}

		@Override
		public void onCancel() {
			this.registration.close();
			super.onCancel();
		}

	}

}
