package dev.handoff.boot.rpc;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

import dev.handoff.Handoff;
import io.grpc.BindableService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.messaging.handler.annotation.MessageMapping;
import org.springframework.stereotype.Controller;

/**
 * A server without HTTP: gRPC, and RSocket if it has a port.
 */
@SpringBootConfiguration
@EnableAutoConfiguration
@Import(RpcApplication.RSocketHandlers.class)
public class RpcApplication {

	private static final Logger logger = LoggerFactory.getLogger(RpcApplication.class);

	private static final Executor PAUSE = CompletableFuture.delayedExecutor(RpcMethods.PAUSE.toMillis(),
			TimeUnit.MILLISECONDS);

	public static void main(String[] args) {
		SpringApplication.run(RpcApplication.class, args);
	}

	@Bean
	BindableService rpcService(Handoff handoff) {
		Service service = new Service("generation " + handoff.generation());
		return () -> ServerServiceDefinition.builder(RpcMethods.SERVICE)
			.addMethod(RpcMethods.GENERATION, ServerCalls.asyncUnaryCall(service::generation))
			.addMethod(RpcMethods.COUNT, ServerCalls.asyncServerStreamingCall(service::count))
			.addMethod(RpcMethods.SUM, ServerCalls.asyncClientStreamingCall(service::sum))
			.addMethod(RpcMethods.ECHO, ServerCalls.asyncBidiStreamingCall(service::echo))
			.build();
	}

	/**
	 * The gRPC service.
	 */
	private record Service(String generation) {

		void generation(String request, StreamObserver<String> responses) {
			responses.onNext(this.generation);
			responses.onCompleted();
		}

		void count(String request, StreamObserver<String> responses) {
			ServerCallStreamObserver<String> call = (ServerCallStreamObserver<String>) responses;
			call.setOnCancelHandler(
					() -> logger.info("The application was told that a call is cancelled: {}", call.isCancelled()));
			answer(call, Integer.parseInt(request));
		}

		private void answer(ServerCallStreamObserver<String> call, int left) {
			if (left == 0) {
				call.onCompleted();
				return;
			}
			PAUSE.execute(() -> {
				if (!call.isCancelled()) {
					call.onNext(this.generation);
					answer(call, left - 1);
				}
			});
		}

		StreamObserver<String> sum(StreamObserver<String> responses) {
			return new Requests(responses) {

				private int count;

				@Override
				public void onNext(String request) {
					this.count++;
				}

				@Override
				public void onCompleted() {
					this.responses.onNext(Service.this.generation + ": " + this.count);
					super.onCompleted();
				}

			};
		}

		StreamObserver<String> echo(StreamObserver<String> responses) {
			return new Requests(responses) {

				@Override
				public void onNext(String request) {
					this.responses.onNext(Service.this.generation);
				}

			};
		}

	}

	/**
	 * Takes the requests of a call.
	 */
	private abstract static class Requests implements StreamObserver<String> {

		final StreamObserver<String> responses;

		Requests(StreamObserver<String> responses) {
			this.responses = responses;
		}

		@Override
		public void onError(Throwable failure) {
			logger.info("A call has failed: {}", failure.toString());
		}

		@Override
		public void onCompleted() {
			this.responses.onCompleted();
		}

	}

	/**
	 * The same for RSocket.
	 */
	@Controller
	static class RSocketHandlers {

		private final String generation;

		RSocketHandlers(Handoff handoff) {
			this.generation = "generation " + handoff.generation();
		}

		@MessageMapping("generation")
		Mono<String> generation() {
			return Mono.just(this.generation);
		}

		@MessageMapping("count")
		Flux<String> count(String request) {
			return Flux.range(0, Integer.parseInt(request))
				.delayElements(RpcMethods.PAUSE)
				.map((number) -> this.generation);
		}

		@MessageMapping("echo")
		Flux<String> echo(Flux<String> requests) {
			return requests.map((request) -> this.generation);
		}

	}

}
