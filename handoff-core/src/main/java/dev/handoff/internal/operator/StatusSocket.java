package dev.handoff.internal.operator;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
 * who serves; here it is always this process, until it ends. On the thread
 * {@code handoff-status}, on which nobody is waited for.
 */
public final class StatusSocket implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(StatusSocket.class);

	private static final Duration PATIENCE = Duration.ofSeconds(1);

	// Beyond that the one that came first has to go.
	private static final int MAX_CALLERS = 16;

	private final HandoffOptions options;

	private final ControlTransport transport;

	private final ControlListener listener;

	private final TimeSource time;

	private final Supplier<HandoffStatus> status;

	private final List<Caller> callers = new ArrayList<>();

	private @Nullable Long acceptAt;

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
				this.callers.removeIf(this::isDone);
				if (!accept()) {
					this.transport.poll(untilNextDeadline());
				}
			}
		}
		catch (Throwable ex) {
			// The server serves on, and its control socket answers.
			logger.error("The status socket cannot answer any more", ex);
		}
	}

	/**
	 * Accepts a caller and returns whether there was one.
	 */
	private boolean accept() {
		if (this.acceptAt != null && this.acceptAt - this.time.nanoTime() > 0) {
			return false;
		}
		try {
			this.acceptAt = null;
			Optional<ControlChannel> accepted = this.listener.accept();
			this.listener.setAccepting(true);
			if (accepted.isEmpty()) {
				return false;
			}
			Connection connection = new Connection(accepted.get());
			connection.awaitFirstFrame();
			if (this.callers.size() >= MAX_CALLERS) {
				this.callers.remove(0).connection.close();
			}
			this.callers.add(new Caller(connection, this.time.nanoTime() + PATIENCE.toNanos()));
			return true;
		}
		catch (IOException ex) {
			logger.warn("Cannot accept on the status socket, trying again in {}", PATIENCE, ex);
			this.listener.setAccepting(false);
			this.acceptAt = this.time.nanoTime() + PATIENCE.toNanos();
			return false;
		}
	}

	/**
	 * Does what can be done for a caller without waiting, and returns whether it has been
	 * hung up on.
	 */
	private boolean isDone(Caller caller) {
		boolean done = true;
		try {
			done = isServed(caller) || caller.deadline - this.time.nanoTime() <= 0;
		}
		catch (IOException | MalformedFrameException ex) {
			logger.debug("Cannot answer on the status socket", ex);
		}
		catch (Throwable ex) {
			// Nobody else's question is to be left without an answer.
			logger.warn("Cannot answer on the status socket", ex);
		}
		finally {
			if (done) {
				caller.connection.close();
			}
		}
		return done;
	}

	private boolean isServed(Caller caller) throws IOException, MalformedFrameException {
		if (!caller.answered) {
			Message message = caller.connection.next();
			if (message == null) {
				return caller.connection.isEnded();
			}
			caller.answered = true;
			caller.connection.send(answer(message, caller.connection.peerUid()));
		}
		caller.connection.flush();
		return !caller.connection.hasUnsent();
	}

	private @Nullable Duration untilNextDeadline() {
		Long next = this.acceptAt;
		for (Caller caller : this.callers) {
			next = (next == null || caller.deadline - next < 0) ? Long.valueOf(caller.deadline) : next;
		}
		return (next != null) ? Duration.ofNanos(next - this.time.nanoTime()) : null;
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

	private static final class Caller {

		private final Connection connection;

		private final long deadline;

		private boolean answered;

		Caller(Connection connection, long deadline) {
			this.connection = connection;
			this.deadline = deadline;
		}

	}

}
