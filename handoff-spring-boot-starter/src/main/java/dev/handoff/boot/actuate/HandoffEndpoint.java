package dev.handoff.boot.actuate;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.Show;
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

	private static final CommandResult NOT_KNOWN = new CommandResult(CommandResult.Verdict.NO_ANSWER,
			"the result is not known yet", null);

	private final Handoff handoff;

	private final SuccessorLauncher launcher;

	private final Show showValues;

	private final Set<String> roles;

	/**
	 * Creates an endpoint.
	 * @param handoff the process's handoff
	 * @param launcher starts successors
	 * @param showValues to whom a successor's output is shown
	 * @param roles the roles of those who are authorized to see it, empty for all who are
	 * authenticated
	 */
	public HandoffEndpoint(Handoff handoff, SuccessorLauncher launcher, Show showValues, Set<String> roles) {
		this.handoff = handoff;
		this.launcher = launcher;
		this.showValues = showValues;
		this.roles = Set.copyOf(roles);
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
	 * @param caller who asks
	 * @param id its id
	 * @return a launch or a report, or 404
	 */
	@ReadOperation
	public WebEndpointResponse<Object> report(SecurityContext caller, @Selector String id) {
		Optional<Launch> launch = this.launcher.find(id);
		if (launch.isPresent()) {
			return new WebEndpointResponse<>(shown(launch.get(), caller));
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
	 * @param caller who asks
	 * @param wait how long to wait for the result, not at all if absent
	 * @return the launch: 200 if it has completed, 500 if it has failed, 202 if it is not
	 * over; 409 with the launch that is under way, or the status if there is none, or
	 * with the reason why none is to be started here
	 */
	@WriteOperation
	public WebEndpointResponse<Object> start(SecurityContext caller, @Nullable Duration wait) {
		Optional<CommandResult> refusal = this.launcher.refusal();
		if (refusal.isPresent()) {
			return new WebEndpointResponse<>(refusal.get(), CONFLICT);
		}
		Optional<CompletableFuture<Launch>> started = this.launcher.launch();
		if (started.isEmpty()) {
			Object inTheWay = this.launcher.current().<Object>map((launch) -> launch).orElseGet(this::status);
			return new WebEndpointResponse<>(inTheWay, CONFLICT);
		}
		Optional<Launch> current = this.launcher.current();
		Launch launch = current.isEmpty() ? started.get().join()
				: await(started.get(), (wait != null) ? wait : Duration.ZERO, current.get());
		return new WebEndpointResponse<>(shown(launch, caller), switch (launch.state()) {
			case RUNNING -> ACCEPTED;
			case COMPLETED -> WebEndpointResponse.STATUS_OK;
			case FAILED -> FAILED;
		});
	}

	// What a process prints when it fails may have a password in it.
	private Launch shown(Launch launch, SecurityContext caller) {
		return this.showValues.isShown(caller, this.roles) ? launch : launch.withoutOutput();
	}

	/**
	 * Waits for a result.
	 * @param pending what to tell if there is none in time
	 */
	private static <T> T await(CompletableFuture<T> result, Duration patience, T pending) {
		try {
			return result.get(patience.toMillis(), TimeUnit.MILLISECONDS);
		}
		catch (ExecutionException ex) {
			throw new IllegalStateException(ex.getCause());
		}
		catch (TimeoutException ex) {
			return pending;
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			return pending;
		}
	}

	/**
	 * Gives a command about the handoff that is under way.
	 * @param command {@code release} or {@code reclaim}
	 * @param wait how long to wait for the result, until there is one if absent. As this
	 * can be in a body, a request has to tell its content type, which no form of another
	 * site can: see {@link WriteOperation}
	 * @return the result: 200 if it was carried out, 409 if there was nothing to do it
	 * to, or it was too early or too late, 504 if it is not known yet
	 */
	@WriteOperation
	public WebEndpointResponse<Object> command(@Selector String command, @Nullable Duration wait) {
		return switch (command) {
			case "release" -> request(HandoffCommand.RELEASE, wait);
			case "reclaim" -> request(HandoffCommand.RECLAIM, wait);
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
		return request(HandoffCommand.ABORT, null);
	}

	private WebEndpointResponse<Object> request(HandoffCommand command, @Nullable Duration wait) {
		CompletableFuture<CommandResult> answer = this.handoff.request(command);
		CommandResult result = (wait != null) ? await(answer, wait, NOT_KNOWN) : answer.join();
		return new WebEndpointResponse<>(result, switch (result.verdict()) {
			case APPLIED -> WebEndpointResponse.STATUS_OK;
			case NO_HANDOFF, TOO_EARLY, TOO_LATE, BUSY, NOT_CONFIGURED -> CONFLICT;
			case NO_ANSWER -> NO_ANSWER;
			case FAILED -> FAILED;
		});
	}

}
