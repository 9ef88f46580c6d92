package dev.handoff.boot.autoconfigure;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import dev.handoff.Acquisition;
import dev.handoff.Acquisition.Signal;
import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import dev.handoff.boot.AfterDrain;
import dev.handoff.boot.launch.LaunchCheck;
import dev.handoff.boot.launch.SuccessorSignal;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/**
 * Configuration of handoffs.
 */
@ConfigurationProperties("handoff")
public class HandoffProperties {

	private static final Duration RECONNECT_SPREAD = Duration.ofSeconds(5);

	/**
	 * Whether this application hands its listening sockets over to its successor.
	 */
	private boolean enabled = true;

	/**
	 * Whether that is so in tests, where it is off by default, so that a test never takes
	 * the sockets of a server that runs beside it.
	 */
	private boolean inTests;

	/**
	 * How many application contexts of this process have servers that are handed over.
	 * The process is ready, and accepts, when all of them are.
	 */
	private int contexts = 1;

	/**
	 * Path of the control socket, at most 107 bytes. Its directory must belong to the
	 * process's user and be writable for nobody else. Default: a directory named after
	 * the application and server.port under XDG_RUNTIME_DIR if that is set, else under
	 * /run if this process may write to it, else one with the user's name as well in the
	 * temporary directory, else one in the home directory.
	 */
	private @Nullable Path controlSocket;

	/**
	 * Path of a socket on which this process, and not the one that serves, answers the
	 * command line's status: for health checks of one container. No other process may
	 * have the same. Default: none.
	 */
	private @Nullable Path statusSocket;

	/**
	 * How long a starting process tries to get the sockets of the running one. Must be
	 * longer than the step timeout. Default: three step timeouts.
	 */
	private @Nullable Duration connectTimeout;

	/**
	 * How long the running process waits for its successor to become ready.
	 */
	private Duration readyTimeout = Duration.ofMinutes(5);

	/**
	 * How long either process waits for the other's answer to one step.
	 */
	private Duration stepTimeout = Duration.ofSeconds(5);

	/**
	 * How long a process that has released its sockets can accept again, if its successor
	 * fails.
	 */
	private Duration observationWindow = Duration.ofSeconds(10);

	/**
	 * How long connections in hand are finished before the rest is closed.
	 */
	private Duration drainTimeout = Duration.ofSeconds(30);

	/**
	 * Time over which the ends of event streams, WebSocket sessions and streaming calls
	 * are spread when the process drains, so that their clients do not all connect anew
	 * at once. At most the drain timeout. Default: 5 seconds, or half the drain timeout
	 * if that is less.
	 */
	private @Nullable Duration reconnectSpread;

	/**
	 * Ids of the users, besides the process's own, whose processes may take or give the
	 * sockets.
	 */
	private Set<Long> allowedPeerUids = new LinkedHashSet<>();

	/**
	 * What a process does when it has handed over and finished its connections.
	 */
	private AfterDrain afterDrain = AfterDrain.EXIT;

	/**
	 * How long the application context may take to close when this process is to exit.
	 * After that it ends with exit code 70, and the log has what its threads do.
	 */
	private Duration closeTimeout = Duration.ofMinutes(2);

	/**
	 * Who decides when a successor that is ready takes over.
	 */
	private Release release = Release.AUTOMATIC;

	/**
	 * Whether a new version may leave out a port of the running one, or have it
	 * elsewhere. Otherwise it fails to start, and the running one serves on.
	 */
	private boolean allowDroppedListeners;

	/**
	 * Whether a successor gives the sockets back when the health of the application turns
	 * DOWN within the observation window. Needs Spring Boot's health endpoint.
	 */
	private boolean reclaimWhenDown;

	/**
	 * Whether scheduled jobs run only while this process serves, and never while another
	 * process's do.
	 */
	private boolean scheduleOnlyWhileServing = true;

	/**
	 * Whether readiness is refused, and the health is out of service, while another
	 * process serves in place of this one.
	 */
	private boolean readyOnlyWhileServing = true;

	private final Successor successor = new Successor();

	private final Acquire acquire = new Acquire();

	/**
	 * Returns the options of the handoff.
	 * @param application the application's name
	 * @param version the application's version
	 * @param port the application's port
	 * @return the options
	 */
	HandoffOptions toOptions(String application, String version, MainPort port) {
		HandoffOptions.Builder options = check("spring.application.name", application, HandoffOptions::forApplication)
			.version(version);
		check("handoff.step-timeout", this.stepTimeout, options::stepTimeout);
		check("handoff.ready-timeout", this.readyTimeout, options::readyTimeout);
		check("handoff.drain-timeout", this.drainTimeout, options::drainTimeout);
		check("handoff.observation-window", this.observationWindow, options::observationWindow);
		check("handoff.allowed-peer-uids", this.allowedPeerUids, HandoffProperties::requireUids);
		toReconnectSpread();
		options.manualRelease(this.release == Release.MANUAL);
		options.allowDroppedListeners(this.allowDroppedListeners);
		options.allowedPeerUids(this.allowedPeerUids);
		this.acquire.toAcquisition().ifPresent(options::acquire);
		if (this.controlSocket != null) {
			check("handoff.control-socket", this.controlSocket, options::controlSocket);
		}
		else if (port.number() > 0) {
			check(port.property(), port.number(), options::port);
		}
		if (this.statusSocket != null) {
			check("handoff.status-socket", this.statusSocket, options::statusSocket);
		}
		if (this.connectTimeout == null) {
			return options.build();
		}
		return check("handoff.connect-timeout", this.connectTimeout, (value) -> options.connectTimeout(value).build());
	}

	// The core names its options as the properties are named.
	private static <T, R> R check(String name, T value, Function<T, R> use) {
		try {
			return use.apply(value);
		}
		catch (IllegalArgumentException ex) {
			throw new InvalidConfigurationPropertyValueException(name, value, ex.getMessage() + ".", ex);
		}
	}

	/**
	 * {@return how many application contexts take part}
	 */
	int toContexts() {
		return check("handoff.contexts", this.contexts, (contexts) -> {
			if (contexts < 1) {
				throw new IllegalArgumentException("There is at least 1 application context");
			}
			return contexts;
		});
	}

	/**
	 * {@return the time over which the ends of long-lived exchanges are spread}
	 */
	Duration toReconnectSpread() {
		if (this.reconnectSpread != null) {
			return check("handoff.reconnect-spread", this.reconnectSpread, this::requireWithinDrain);
		}
		Duration half = this.drainTimeout.dividedBy(2);
		return (half.compareTo(RECONNECT_SPREAD) < 0) ? half : RECONNECT_SPREAD;
	}

	/**
	 * {@return what this process does when it has been succeeded}
	 */
	AfterDrain toAfterDrain() {
		return Handoff.isLaunched() ? AfterDrain.EXIT : this.afterDrain;
	}

	/**
	 * {@return how long the application context may take to close}
	 */
	Duration toCloseTimeout() {
		return check("handoff.close-timeout", this.closeTimeout, (timeout) -> {
			if (timeout.isNegative() || timeout.isZero()) {
				throw new IllegalArgumentException("Close timeout %s must be more than 0".formatted(timeout));
			}
			return timeout;
		});
	}

	/**
	 * {@return what is looked at before a successor is started}
	 */
	Set<LaunchCheck> toLaunchChecks() {
		Set<LaunchCheck> checks = EnumSet.allOf(LaunchCheck.class);
		if (this.afterDrain == AfterDrain.STAY || this.successor.ignoreSupervisor) {
			checks.remove(LaunchCheck.SUPERVISOR);
		}
		if (!this.successor.command.isEmpty()) {
			checks.remove(LaunchCheck.PORTS);
		}
		if (this.successor.ignoreMemoryLimit) {
			checks.remove(LaunchCheck.MEMORY);
		}
		return checks;
	}

	private Duration requireWithinDrain(Duration spread) {
		if (spread.isNegative() || spread.compareTo(this.drainTimeout) > 0) {
			throw new IllegalArgumentException(
					"Reconnect spread %s must be from 0 to the drain timeout, %s".formatted(spread, this.drainTimeout));
		}
		return spread;
	}

	// 2^32-1 stands for "no such user" (chown(2)).
	private static Set<Long> requireUids(Set<Long> uids) {
		for (long uid : uids) {
			if (uid < 0 || uid >= 0xFFFFFFFFL) {
				throw new IllegalArgumentException("User id %d must be at least 0 and less than 2^32-1".formatted(uid));
			}
		}
		return uids;
	}

	public boolean isEnabled() {
		return this.enabled;
	}

	public void setEnabled(boolean enabled) {
		this.enabled = enabled;
	}

	public boolean isInTests() {
		return this.inTests;
	}

	public void setInTests(boolean inTests) {
		this.inTests = inTests;
	}

	public int getContexts() {
		return this.contexts;
	}

	public void setContexts(int contexts) {
		this.contexts = contexts;
	}

	public @Nullable Path getControlSocket() {
		return this.controlSocket;
	}

	public void setControlSocket(@Nullable Path controlSocket) {
		this.controlSocket = controlSocket;
	}

	public @Nullable Path getStatusSocket() {
		return this.statusSocket;
	}

	public void setStatusSocket(@Nullable Path statusSocket) {
		this.statusSocket = statusSocket;
	}

	public @Nullable Duration getConnectTimeout() {
		return this.connectTimeout;
	}

	public void setConnectTimeout(@Nullable Duration connectTimeout) {
		this.connectTimeout = connectTimeout;
	}

	public Duration getReadyTimeout() {
		return this.readyTimeout;
	}

	public void setReadyTimeout(Duration readyTimeout) {
		this.readyTimeout = readyTimeout;
	}

	public Duration getStepTimeout() {
		return this.stepTimeout;
	}

	public void setStepTimeout(Duration stepTimeout) {
		this.stepTimeout = stepTimeout;
	}

	public Duration getObservationWindow() {
		return this.observationWindow;
	}

	public void setObservationWindow(Duration observationWindow) {
		this.observationWindow = observationWindow;
	}

	public Duration getDrainTimeout() {
		return this.drainTimeout;
	}

	public void setDrainTimeout(Duration drainTimeout) {
		this.drainTimeout = drainTimeout;
	}

	public @Nullable Duration getReconnectSpread() {
		return this.reconnectSpread;
	}

	public void setReconnectSpread(@Nullable Duration reconnectSpread) {
		this.reconnectSpread = reconnectSpread;
	}

	public Set<Long> getAllowedPeerUids() {
		return this.allowedPeerUids;
	}

	public void setAllowedPeerUids(Set<Long> allowedPeerUids) {
		this.allowedPeerUids = allowedPeerUids;
	}

	public AfterDrain getAfterDrain() {
		return this.afterDrain;
	}

	public void setAfterDrain(AfterDrain afterDrain) {
		this.afterDrain = afterDrain;
	}

	public Duration getCloseTimeout() {
		return this.closeTimeout;
	}

	public void setCloseTimeout(Duration closeTimeout) {
		this.closeTimeout = closeTimeout;
	}

	public Release getRelease() {
		return this.release;
	}

	public void setRelease(Release release) {
		this.release = release;
	}

	public boolean isAllowDroppedListeners() {
		return this.allowDroppedListeners;
	}

	public void setAllowDroppedListeners(boolean allowDroppedListeners) {
		this.allowDroppedListeners = allowDroppedListeners;
	}

	public boolean isReclaimWhenDown() {
		return this.reclaimWhenDown;
	}

	public void setReclaimWhenDown(boolean reclaimWhenDown) {
		this.reclaimWhenDown = reclaimWhenDown;
	}

	public boolean isScheduleOnlyWhileServing() {
		return this.scheduleOnlyWhileServing;
	}

	public void setScheduleOnlyWhileServing(boolean scheduleOnlyWhileServing) {
		this.scheduleOnlyWhileServing = scheduleOnlyWhileServing;
	}

	public boolean isReadyOnlyWhileServing() {
		return this.readyOnlyWhileServing;
	}

	public void setReadyOnlyWhileServing(boolean readyOnlyWhileServing) {
		this.readyOnlyWhileServing = readyOnlyWhileServing;
	}

	public Successor getSuccessor() {
		return this.successor;
	}

	public Acquire getAcquire() {
		return this.acquire;
	}

	/**
	 * Who decides about the release.
	 */
	public enum Release {

		/**
		 * The successor takes over as soon as it is ready.
		 */
		AUTOMATIC,

		/**
		 * The successor stays in standby until somebody says so.
		 */
		MANUAL

	}

	/**
	 * How a successor is started by this process.
	 */
	public static class Successor {

		/**
		 * Command that starts a successor, with its arguments. Default: this process's
		 * own command line.
		 */
		private List<String> command = new ArrayList<>();

		/**
		 * File to which the output of a started successor is appended. Its last lines are
		 * told when the successor fails. Default: where this process's own output goes.
		 */
		private @Nullable Path output;

		/**
		 * Signal at which a successor is started, besides the endpoint and the command
		 * line. Default: none.
		 */
		private SuccessorSignal.@Nullable Kind signal;

		/**
		 * Whether a successor is started even if it seems that somebody would end it
		 * together with this process, such as the kernel in a container.
		 */
		private boolean ignoreSupervisor;

		/**
		 * Whether a successor is started even if the memory limit of the control group
		 * leaves no room for a process as large as this one.
		 */
		private boolean ignoreMemoryLimit;

		public List<String> getCommand() {
			return this.command;
		}

		public void setCommand(List<String> command) {
			this.command = command;
		}

		public @Nullable Path getOutput() {
			return this.output;
		}

		public void setOutput(@Nullable Path output) {
			this.output = output;
		}

		public SuccessorSignal.@Nullable Kind getSignal() {
			return this.signal;
		}

		public void setSignal(SuccessorSignal.@Nullable Kind signal) {
			this.signal = signal;
		}

		public boolean isIgnoreSupervisor() {
			return this.ignoreSupervisor;
		}

		public void setIgnoreSupervisor(boolean ignoreSupervisor) {
			this.ignoreSupervisor = ignoreSupervisor;
		}

		public boolean isIgnoreMemoryLimit() {
			return this.ignoreMemoryLimit;
		}

		public void setIgnoreMemoryLimit(boolean ignoreMemoryLimit) {
			this.ignoreMemoryLimit = ignoreMemoryLimit;
		}

	}

	/**
	 * A process that takes no part in handoffs, whose listening sockets are acquired if
	 * no process serves on the control socket.
	 */
	public static class Acquire {

		/**
		 * Id of the process. It must exist.
		 */
		private @Nullable Long pid;

		/**
		 * File that holds the process's id. Nothing is acquired if there is no such file
		 * or process, so this can stay configured when the process has been replaced.
		 */
		private @Nullable Path pidFile;

		/**
		 * Signal that asks the process to finish, as soon as this one serves.
		 */
		private Signal signal = Signal.TERM;

		/**
		 * Names of the listeners to acquire, for example server; others are bound.
		 * Default: all whose port is not 0.
		 */
		private Set<String> listeners = new LinkedHashSet<>();

		Optional<Acquisition> toAcquisition() {
			if (this.pid != null && this.pidFile != null) {
				throw new InvalidConfigurationPropertyValueException("handoff.acquire.pid-file", this.pidFile,
						"There is handoff.acquire.pid already: one of them names the process.");
			}
			Acquisition acquisition = null;
			if (this.pid != null) {
				acquisition = check("handoff.acquire.pid", this.pid, Acquisition::ofProcess);
			}
			else if (this.pidFile != null) {
				acquisition = Acquisition.ofPidFile(this.pidFile);
			}
			return Optional.ofNullable(acquisition)
				.map((found) -> found.withSignal(this.signal).withListeners(this.listeners));
		}

		public @Nullable Long getPid() {
			return this.pid;
		}

		public void setPid(@Nullable Long pid) {
			this.pid = pid;
		}

		public @Nullable Path getPidFile() {
			return this.pidFile;
		}

		public void setPidFile(@Nullable Path pidFile) {
			this.pidFile = pidFile;
		}

		public Signal getSignal() {
			return this.signal;
		}

		public void setSignal(Signal signal) {
			this.signal = signal;
		}

		public Set<String> getListeners() {
			return this.listeners;
		}

		public void setListeners(Set<String> listeners) {
			this.listeners = listeners;
		}

	}

}
