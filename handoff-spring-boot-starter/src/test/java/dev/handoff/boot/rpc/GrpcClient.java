package dev.handoff.boot.rpc;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import javax.net.ssl.SSLException;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;

/**
 * A gRPC client that never retries a call.
 */
public final class GrpcClient implements AutoCloseable {

	private final ManagedChannel channel;

	/**
	 * Creates a client, which connects when it makes a call.
	 */
	public GrpcClient(int port, boolean tls) throws SSLException {
		NettyChannelBuilder builder = NettyChannelBuilder.forAddress("127.0.0.1", port).disableRetry();
		if (tls) {
			builder.sslContext(GrpcSslContexts.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE).build());
		}
		else {
			builder.usePlaintext();
		}
		this.channel = builder.build();
	}

	/**
	 * Returns the generation that answers.
	 */
	public String generation() {
		return ClientCalls.blockingUnaryCall(this.channel, RpcMethods.GENERATION, CallOptions.DEFAULT, "");
	}

	/**
	 * Begins a stream of answers.
	 * @return what is answered, to the end
	 */
	public CompletableFuture<List<String>> count(int answers) {
		Answers all = new Answers();
		ClientCalls.asyncServerStreamingCall(this.channel.newCall(RpcMethods.COUNT, CallOptions.DEFAULT),
				Integer.toString(answers), all);
		return all.future;
	}

	/**
	 * Begins a stream of requests.
	 * @return what is answered, to the end
	 */
	public CompletableFuture<List<String>> send(MethodDescriptor<String, String> method, int requests) {
		Answers all = new Answers();
		StreamObserver<String> sent = (method.getType() == MethodDescriptor.MethodType.CLIENT_STREAMING)
				? ClientCalls.asyncClientStreamingCall(this.channel.newCall(method, CallOptions.DEFAULT), all)
				: ClientCalls.asyncBidiStreamingCall(this.channel.newCall(method, CallOptions.DEFAULT), all);
		Thread sender = new Thread(() -> {
			for (int i = 0; i < requests && !all.future.isDone(); i++) {
				sent.onNext("x");
				LockSupport.parkNanos(RpcMethods.PAUSE.toNanos());
			}
			sent.onCompleted();
		}, "requests");
		sender.setDaemon(true);
		sender.start();
		return all.future;
	}

	/**
	 * Begins to watch the health of the server.
	 * @return each state that it tells
	 */
	public BlockingQueue<ServingStatus> watchHealth() {
		BlockingQueue<ServingStatus> states = new LinkedBlockingQueue<>();
		HealthGrpc.newStub(this.channel)
			.watch(HealthCheckRequest.getDefaultInstance(), new StreamObserver<HealthCheckResponse>() {

				@Override
				public void onNext(HealthCheckResponse response) {
					states.add(response.getStatus());
				}

				@Override
				public void onError(Throwable failure) {
					// It ends with the process.
				}

				@Override
				public void onCompleted() {
					// As above.
				}

			});
		return states;
	}

	@Override
	public void close() {
		this.channel.shutdownNow();
		try {
			this.channel.awaitTermination(10, TimeUnit.SECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	private static final class Answers implements StreamObserver<String> {

		private final List<String> received = new ArrayList<>();

		private final CompletableFuture<List<String>> future = new CompletableFuture<>();

		@Override
		public void onNext(String answer) {
			this.received.add(answer);
		}

		@Override
		public void onError(Throwable failure) {
			this.future.completeExceptionally(failure);
		}

		@Override
		public void onCompleted() {
			this.future.complete(this.received);
		}

	}

}
