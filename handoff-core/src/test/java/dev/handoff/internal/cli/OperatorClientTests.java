package dev.handoff.internal.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Request.Operation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Tests of {@link OperatorClient}.
 */
@Timeout(60)
class OperatorClientTests {

	private static final Message ANSWER = new Message.Refused(Message.Refused.Reason.BUSY, "test", null);

	@TempDir
	private Path directory;

	private ServerSocketChannel server;

	@BeforeEach
	void listen() throws IOException {
		this.server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
		this.server.bind(UnixDomainSocketAddress.of(socket()));
	}

	@AfterEach
	void close() throws IOException {
		this.server.close();
	}

	@ParameterizedTest
	@EnumSource(names = { "STATUS", "WAIT" })
	void whatChangesNothingIsAskedAgainWhenTheProcessHangsUp(Operation operation) throws Exception {
		CompletableFuture<Message> answer = ask(operation);
		// With EOF.
		try (SocketChannel first = this.server.accept()) {
			assertThat(first.read(ByteBuffer.allocate(1000))).isPositive();
		}
		// With ECONNRESET, as the request is not read.
		try (SocketChannel second = this.server.accept()) {
			assertThat(second.read(ByteBuffer.allocate(1))).isOne();
		}
		try (SocketChannel third = this.server.accept()) {
			third.write(FrameCodec.encode(ANSWER));
			assertThat(answer.join()).isEqualTo(ANSWER);
		}
	}

	@Test
	void aProcessThatAlwaysHangsUpIsAskedThreeTimes() throws Exception {
		CompletableFuture<Message> answer = ask(Operation.STATUS);
		for (int i = 0; i < 3; i++) {
			this.server.accept().close();
		}
		assertThatExceptionOfType(CommandFailure.class).isThrownBy(() -> result(answer))
			.withMessageContaining("hung up without an answer");
	}

	@Test
	void whatChangesSomethingIsAskedOnce() throws Exception {
		CompletableFuture<Message> answer = ask(Operation.RELEASE);
		this.server.accept().close();
		assertThatExceptionOfType(CommandFailure.class).isThrownBy(() -> result(answer))
			.withMessageContaining("hung up without an answer");
	}

	private CompletableFuture<Message> ask(Operation operation) {
		CompletableFuture<Message> answer = new CompletableFuture<>();
		Thread thread = new Thread(() -> {
			try {
				answer.complete(new OperatorClient().ask(socket(),
						new Message.Request(1, 1, operation, "", Message.Request.Format.TEXT), Duration.ofSeconds(30)));
			}
			catch (CommandFailure ex) {
				answer.completeExceptionally(ex);
			}
		}, "operator");
		thread.setDaemon(true);
		thread.start();
		return answer;
	}

	private static Message result(CompletableFuture<Message> answer) throws Throwable {
		try {
			return answer.get();
		}
		catch (ExecutionException ex) {
			throw ex.getCause();
		}
	}

	private Path socket() {
		return this.directory.resolve("control.sock");
	}

}
