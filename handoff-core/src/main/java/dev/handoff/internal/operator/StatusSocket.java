package dev.handoff.internal.operator;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

import dev.handoff.CommandResult;
import dev.handoff.CommandResult.Verdict;
import dev.handoff.ControlSocketException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffStatus;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Versions;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers {@code status} on a socket of this process's own. On the control socket answers
 * who serves; here it is always this process, until it ends. One operator at a time, on
 * the thread {@code handoff-status}.
 */
public final class StatusSocket implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(StatusSocket.class);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	private final HandoffOptions options;

	private final ControlTransport transport;

	private final ControlListener listener;

	private final TimeSource time;

	private final Supplier<HandoffStatus> status;

	private volatile boolean closed;

	private StatusSocket(HandoffOptions options, ControlTransport transport, ControlListener listener, TimeSource time,
			Supplier<HandoffStatus> status) {
		this.options = options;
		this.transport = transport;
		this.listener = listener;
		this.time = time;
		this.status = status;
	}

	/**
	 * Listens and answers from now on.
	 * @param path the socket
	 * @param options whose status it is
	 * @param transport the socket's I/O; owned by this from now on
	 * @param time the clock
	 * @param status tells the status, on another thread
	 * @return the socket, to be closed by the caller
	 * @throws ControlSocketException if the path cannot be trusted or used
	 * @throws IOException if binding failed otherwise
	 */
	public static StatusSocket open(Path path, HandoffOptions options, ControlTransport transport, TimeSource time,
			Supplier<HandoffStatus> status) throws IOException {
		boolean opened = false;
		try {
			ControlListener listener = transport.claim(path)
				.orElseThrow(() -> new ControlSocketException(path, "another process answers there",
						"give each process a status socket of its own", null));
			listener.setAccepting(true);
			StatusSocket socket = new StatusSocket(options, transport, listener, time, status);
			Thread thread = new Thread(socket::run, "handoff-status");
			thread.setDaemon(true);
			thread.start();
			opened = true;
			return socket;
		}
		finally {
			if (!opened) {
				transport.close();
			}
		}
	}

	private void run() {
		try (this.transport) {
			while (!this.closed) {
				Optional<ControlChannel> operator = accept();
				if (operator.isPresent()) {
					// Who dials meanwhile must not end the waits for this one.
					this.listener.setAccepting(false);
					answer(operator.get());
					this.listener.setAccepting(true);
				}
				else {
					this.transport.poll(null);
				}
			}
		}
		catch (IOException ex) {
			logger.error("The status socket cannot answer any more", ex);
		}
	}

	private Optional<ControlChannel> accept() throws IOException {
		try {
			return this.listener.accept();
		}
		catch (IOException ex) {
			logger.warn("Cannot accept on the status socket, trying again in {}", PATIENCE, ex);
			this.listener.setAccepting(false);
			this.transport.poll(PATIENCE);
			this.listener.setAccepting(true);
			return Optional.empty();
		}
	}

	private void answer(ControlChannel channel) {
		try {
			Connection connection = new Connection(channel);
			long deadline = this.time.nanoTime() + PATIENCE.toNanos();
			Message message = receive(connection, deadline);
			if (message != null) {
				connection.send(answer(message, connection.peerUid()));
			}
			while (connection.hasUnsent() && await(deadline)) {
				connection.flush();
			}
		}
		catch (IOException | MalformedFrameException ex) {
			logger.debug("Cannot answer on the status socket", ex);
		}
		catch (Throwable ex) {
			// Nobody else's question is to be left without an answer.
			logger.warn("Cannot answer on the status socket", ex);
		}
		finally {
			channel.close();
		}
	}

	private @Nullable Message receive(Connection connection, long deadline)
			throws IOException, MalformedFrameException {
		Message message = connection.next();
		while (message == null && !connection.isEnded() && await(deadline)) {
			message = connection.next();
		}
		return message;
	}

	/**
	 * Waits for something to happen and returns whether there was time left for it.
	 */
	private boolean await(long deadline) throws IOException {
		Duration left = Duration.ofNanos(deadline - this.time.nanoTime());
		if (left.isNegative() || this.closed) {
			return false;
		}
		this.transport.poll(left);
		return true;
	}

	private Message answer(Message message, long uid) {
		if (!this.transport.isTrusted(uid, this.options.allowedPeerUids())) {
			return new Refused(Refused.Reason.FORBIDDEN, "uid %d may not ask".formatted(uid), null);
		}
		if (!(message instanceof Request request)
				|| Versions.negotiate(request.lowestVersion(), request.highestVersion()).isEmpty()) {
			return new Refused(Refused.Reason.VERSION, "this is a status socket of protocol versions %d to %d"
				.formatted(Versions.LOWEST, Versions.HIGHEST), null);
		}
		if (request.operation() != Request.Operation.STATUS) {
			return Answers.result(new CommandResult(Verdict.NOT_CONFIGURED,
					"this socket answers 'status' only; commands are for the control socket, '%s'"
						.formatted(this.options.controlSocket()),
					null), request.format());
		}
		return Answers.status(this.options, this.status.get(), request.format());
	}

	@Override
	public void close() {
		this.closed = true;
		this.transport.wakeup();
	}

}
