package dev.handoff.boot.actuate;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

import dev.handoff.CommandResult;
import dev.handoff.Handoff;
import dev.handoff.HandoffCommand;
import dev.handoff.HandoffReport;
import dev.handoff.HandoffStatus;
import dev.handoff.boot.launch.Launch;
import dev.handoff.boot.launch.SuccessorLauncher;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.DeleteOperation;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.WriteOperation;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;

/**
 * What an operator sees of the handoff, and does. Read-only unless
 * {@code management.endpoint.handoff.access} is {@code unrestricted}. Safe for use by
 * several threads.
 */
@WebEndpoint(id = "handoff", defaultAccess = Access.READ_ONLY)
public final class HandoffEndpoint {

	private static final int ACCEPTED = 202;

	private static final int BAD_REQUEST = 400;

	private static final int NOT_FOUND = 404;

	private static final int CONFLICT = 409;

	private static final int FAILED = 500;

	private static final int NO_ANSWER = 504;

	private final Handoff handoff;

	private final SuccessorLauncher launcher;

	/**
	 * Creates an endpoint.
	 * @param handoff the process's handoff
	 * @param launcher starts successors
	 */
	public HandoffEndpoint(Handoff handoff, SuccessorLauncher launcher) {
		this.handoff = handoff;
		this.launcher = launcher;
	}

	/**
	 * {@return the state of this process, its listeners, its peers and the last handoffs}
	 */
	@ReadOperation
	public HandoffStatus status() {
		return this.handoff.status();
	}

	/**
	 * Returns what is known of one handoff or launch.
	 * @param id its id
	 * @return a launch or a report, or 404
	 */
	@ReadOperation
	public WebEndpointResponse<Object> report(@Selector String id) {
		Optional<Launch> launch = this.launcher.find(id);
		if (launch.isPresent()) {
			return new WebEndpointResponse<>(launch.get());
		}
		for (HandoffReport report : this.handoff.status().history()) {
			if (report.id().equals(id)) {
				return new WebEndpointResponse<>(report);
			}
		}
		return new WebEndpointResponse<>(NOT_FOUND);
	}

	/**
	 * Starts a successor.
	 * @param wait how long to wait for the result, not at all if absent
	 * @return the launch: 200 if it has completed, 500 if it has failed, 202 if it is not
	 * over; 409 with the launch that is under way, or the status if there is none
	 */
	@WriteOperation
	public WebEndpointResponse<Object> start(@Nullable Duration wait) {
		Optional<CompletableFuture<Launch>> started = this.launcher.launch();
		if (started.isEmpty()) {
			Object inTheWay = this.launcher.current().<Object>map((launch) -> launch).orElseGet(this::status);
			return new WebEndpointResponse<>(inTheWay, CONFLICT);
		}
		Launch launch = await(started.get(), this.launcher.current(), (wait != null) ? wait : Duration.ZERO);
		return new WebEndpointResponse<>(launch, switch (launch.state()) {
			case RUNNING -> ACCEPTED;
			case COMPLETED -> WebEndpointResponse.STATUS_OK;
			case FAILED -> FAILED;
		});
	}

	private static Launch await(CompletableFuture<Launch> result, Optional<Launch> current, Duration patience) {
		if (current.isEmpty()) {
			return result.join();
		}
		try {
			return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex.getCause());
		}
		catch (TimeoutException ex) {
			return current.get();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return current.get();
		}
	}

	/**
	 * Gives a command about the handoff that is under way.
	 * @param command {@code release} or {@code reclaim}
	 * @return the result: 200 if it was carried out, 409 if there was nothing to do it
	 * to, or it was too early or too late
	 */
	@WriteOperation
	public WebEndpointResponse<Object> command(@Selector String command) {
		return switch (command) {
			case "release" -> request(HandoffCommand.RELEASE);
			case "reclaim" -> request(HandoffCommand.RECLAIM);
			default -> new WebEndpointResponse<>(
					Map.of("error", "'%s' is neither release nor reclaim".formatted(command)), BAD_REQUEST);
		};
	}

	/**
	 * Aborts the handoff that is under way, before the release.
	 * @return the result: 200 if it was aborted, 409 if there was none or it was too late
	 */
	@DeleteOperation
	public WebEndpointResponse<Object> abort() {
		return request(HandoffCommand.ABORT);
	}

	private WebEndpointResponse<Object> request(HandoffCommand command) {
		CommandResult result = this.handoff.request(command).join();
		return new WebEndpointResponse<>(result, switch (result.verdict()) {
			case APPLIED -> WebEndpointResponse.STATUS_OK;
			case NO_HANDOFF, TOO_EARLY, TOO_LATE, BUSY, NOT_CONFIGURED -> CONFLICT;
			case NO_ANSWER -> NO_ANSWER;
			case FAILED -> FAILED;
		});
	}

}
