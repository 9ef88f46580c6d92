package dev.handoff.internal.cli;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import jdk.net.ExtendedSocketOptions;
import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * Asks one question on a control socket.
 */
final class OperatorClient {

	private static final int BUFFER_SIZE = 64 * 1024;

	private static final int MAX_DIALS = 3;

	private final TimeSource time = TimeSource.system();

	/**
	 * Sends a request and returns the answer.
	 */
	Message ask(Path socket, Message.Request request, Duration timeout) throws CommandFailure {
		long deadline = this.time.nanoTime() + timeout.toNanos();
		boolean repeatable = request.operation() == Message.Request.Operation.STATUS
				|| request.operation() == Message.Request.Operation.WAIT;
		// A process that releases its listeners hangs up on those that it has not heard:
		// whoever serves then answers.
		for (int left = repeatable ? MAX_DIALS : 1; left > 0; left--) {
			Message answer = ask(socket, request, deadline, timeout);
			if (answer != null) {
				return answer;
			}
		}
		throw gone(socket, "it hung up without an answer");
	}

	private @Nullable Message ask(Path socket, Message.Request request, long deadline, Duration timeout)
			throws CommandFailure {
		if (!Files.exists(socket)) {
			throw new CommandFailure(ExitCode.NOBODY, "There is no control socket '%s'".formatted(socket));
		}
		try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
			checkOwner(channel, socket);
			send(channel, request);
			return receive(channel, deadline, timeout);
		}
		catch (ConnectException ex) {
			throw new CommandFailure(ExitCode.NOBODY, "Nobody listens on control socket '%s'".formatted(socket));
		}
		catch (MalformedFrameException ex) {
			throw new CommandFailure(ExitCode.UNUSABLE,
					"The process on control socket '%s' gave an answer that this version does not understand: %s"
						.formatted(socket, ex.getMessage()));
		}
		catch (SocketException ex) {
			throw new CommandFailure(ExitCode.UNUSABLE,
					"Control socket '%s' cannot be used: %s".formatted(socket, ex.getMessage()));
		}
		catch (IOException ex) {
			throw gone(socket, String.valueOf(ex.getMessage()));
		}
	}

	private static CommandFailure gone(Path socket, String how) {
		return new CommandFailure(ExitCode.NOBODY,
				"The process on control socket '%s' is gone: %s".formatted(socket, how));
	}

	private static void send(SocketChannel channel, Message.Request request) {
		try {
			// Fits into the socket's buffer.
			channel.write(FrameCodec.encode(request));
		}
		catch (IOException ex) {
			// EPIPE: it has hung up on this user already, its refusal is there to be
			// read.
		}
	}

	// SO_PEERCRED of unix(7): whoever called listen(2).
	private static void checkOwner(SocketChannel channel, Path socket) throws IOException, CommandFailure {
		String owner = channel.getOption(ExtendedSocketOptions.SO_PEERCRED).user().getName();
		Path self = Path.of("/proc/self");
		String own = Files.exists(self) ? Files.getOwner(self).getName() : System.getProperty("user.name");
		if (!List.of(own, "root", "0").contains(owner)) {
			throw new CommandFailure(ExitCode.UNUSABLE,
					"The process on control socket '%s' belongs to user '%s', neither to '%s' nor to root"
						.formatted(socket, owner, own));
		}
	}

	/**
	 * Returns the answer, {@code null} if the process hangs up without one.
	 */
	private @Nullable Message receive(SocketChannel channel, long deadline, Duration timeout)
			throws IOException, MalformedFrameException, CommandFailure {
		FrameDecoder decoder = new FrameDecoder();
		ByteBuffer buffer = ByteBuffer.allocate(BUFFER_SIZE);
		channel.configureBlocking(false);
		try (Selector selector = Selector.open()) {
			channel.register(selector, SelectionKey.OP_READ);
			while (true) {
				Message message = decoder.next();
				if (message != null) {
					return message;
				}
				long left = Duration.ofNanos(deadline - this.time.nanoTime()).toMillis();
				if (left <= 0) {
					throw new CommandFailure(ExitCode.TIMED_OUT, "No answer within " + DurationText.of(timeout));
				}
				selector.select(left);
				buffer.clear();
				if (read(channel, buffer) < 0) {
					return null;
				}
				decoder.feed(buffer.flip());
			}
		}
	}

	private static int read(SocketChannel channel, ByteBuffer buffer) {
		try {
			return channel.read(buffer);
		}
		catch (IOException ex) {
			// ECONNRESET: it has not read the request.
			return -1;
		}
	}

}
