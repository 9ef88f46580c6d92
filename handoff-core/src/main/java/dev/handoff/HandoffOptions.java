package dev.handoff;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

import dev.handoff.internal.text.DurationText;
import org.jspecify.annotations.Nullable;

/**
 * How a process takes part in handoffs. Immutable.
 */
public final class HandoffOptions {

	// Its own copy, which nobody changes any more.
	private final Builder values;

	private HandoffOptions(Builder values) {
		this.values = values;
	}

	/**
	 * Starts building options.
	 * @param application the application's name: handoffs happen only between runs of the
	 * same application
	 * @return a builder with safe defaults
	 */
	public static Builder forApplication(String application) {
		return new Builder(application);
	}

	/**
	 * {@return the application's name}
	 */
	public String application() {
		return this.values.application;
	}

	/**
	 * Returns the application's version, for logs and the status.
	 * @return the version, empty if unknown
	 */
	public String version() {
		return this.values.version;
	}

	/**
	 * {@return the control socket's absolute path}
	 */
	public Path controlSocket() {
		return Objects.requireNonNull(this.values.controlSocket);
	}

	/**
	 * Returns the absolute path of the socket on which this process answers for itself.
	 * @return the path, empty if it does not
	 */
	public Optional<Path> statusSocket() {
		return Optional.ofNullable(this.values.statusSocket);
	}

	/**
	 * Returns how long a successor tries to get an offer.
	 * @return the duration, longer than {@link #stepTimeout()}
	 */
	public Duration connectTimeout() {
		return Objects.requireNonNull(this.values.connectTimeout);
	}

	/**
	 * {@return how long a predecessor waits for its successor to become ready}
	 */
	public Duration readyTimeout() {
		return this.values.readyTimeout;
	}

	/**
	 * {@return how long either side waits for the other's answer to one step}
	 */
	public Duration stepTimeout() {
		return this.values.stepTimeout;
	}

	/**
	 * {@return how long a predecessor can accept again after its release}
	 */
	public Duration observationWindow() {
		return this.values.observationWindow;
	}

	/**
	 * {@return how long a predecessor finishes connections before it closes the rest}
	 */
	public Duration drainTimeout() {
		return this.values.drainTimeout;
	}

	/**
	 * {@return the user ids, besides the process's own, whose processes are trusted}
	 */
	public Set<Long> allowedPeerUids() {
		return this.values.allowedPeerUids;
	}

	/**
	 * Returns whether a ready successor waits for {@link HandoffCommand#RELEASE}.
	 * @return {@code true} if somebody else decides about the release
	 */
	public boolean manualRelease() {
		return this.values.manualRelease;
	}

	/**
	 * {@return whether a successor may close listeners that its predecessor serves}
	 */
	public boolean allowDroppedListeners() {
		return this.values.allowDroppedListeners;
	}

	/**
	 * Returns which process listeners are acquired from, if there is no predecessor.
	 * @return the acquisition, empty for none
	 */
	public Optional<Acquisition> acquisition() {
		return Optional.ofNullable(this.values.acquisition);
	}

	/**
	 * Builds {@link HandoffOptions}. Not safe for use by several threads.
	 */
	public static final class Builder implements Cloneable {

		private final String application;

		private String version = "";

		private @Nullable Path controlSocket;

		private int port;

		private @Nullable Path statusSocket;

		private @Nullable Duration connectTimeout;

		private Duration readyTimeout = Duration.ofMinutes(5);

		private Duration stepTimeout = Duration.ofSeconds(5);

		private Duration observationWindow = Duration.ofSeconds(10);

		private Duration drainTimeout = Duration.ofSeconds(30);

		private Set<Long> allowedPeerUids = Set.of();

		private boolean manualRelease;

		private boolean allowDroppedListeners;

		private @Nullable Acquisition acquisition;

		private Builder(String application) {
			if (application.isBlank() || application.length() > 255) {
				throw new IllegalArgumentException(
						"Application name '%s' must have 1 to 255 characters".formatted(application));
			}
			this.application = application;
		}

		/**
		 * Sets the application's version, for logs and the status.
		 * @param version the version
		 * @return this builder
		 */
		public Builder version(String version) {
			if (version.length() > 255) {
				throw new IllegalArgumentException(
						"Application version '%s' must have at most 255 characters".formatted(version));
			}
			this.version = version;
			return this;
		}

		/**
		 * Sets the control socket's path. Default: a directory named after the
		 * application (and {@link #port}) under {@code XDG_RUNTIME_DIR} if that is set,
		 * else under {@code /run} if this process may write to it, else one named after
		 * the user as well in the temporary directory, else one in the user's home
		 * directory. Directories that are missing or another user's are passed over, and
		 * one that has a control socket is preferred.
		 * @param controlSocket the path, absolute, at most 107 bytes (unix(7))
		 * @return this builder
		 */
		public Builder controlSocket(Path controlSocket) {
			this.controlSocket = absolute("Control socket", controlSocket);
			return this;
		}

		/**
		 * Sets the port by which this instance of the application is told from others on
		 * the host: it becomes a part of the control socket's default path, so that a
		 * process replaces the one with the same port. Default: none.
		 * @param port the port
		 * @return this builder
		 */
		public Builder port(int port) {
			if (port < 1 || port > 65535) {
				throw new IllegalArgumentException("port %d must be from 1 to 65535".formatted(port));
			}
			this.port = port;
			return this;
		}

		/**
		 * Sets the path of a socket on which this process, and not the one that serves,
		 * answers the command line's {@code status}: for health checks of one instance.
		 * No other process may have the same. Default: none.
		 * @param statusSocket the path, absolute, at most 107 bytes (unix(7))
		 * @return this builder
		 */
		public Builder statusSocket(Path statusSocket) {
			this.statusSocket = absolute("Status socket", statusSocket);
			return this;
		}

		private static Path absolute(String what, Path path) {
			if (!path.isAbsolute()) {
				throw new IllegalArgumentException(
						"%s '%s' must be an absolute path: who looks for it may be in another directory".formatted(what,
								path));
			}
			return path;
		}

		/**
		 * Sets how long a successor tries to get an offer. Default: three step timeouts.
		 * @param connectTimeout the duration, longer than the step timeout
		 * @return this builder
		 */
		public Builder connectTimeout(Duration connectTimeout) {
			this.connectTimeout = positive("connect-timeout", connectTimeout);
			return this;
		}

		/**
		 * Sets how long a predecessor waits for its successor to become ready. Default: 5
		 * minutes.
		 * @param readyTimeout the duration
		 * @return this builder
		 */
		public Builder readyTimeout(Duration readyTimeout) {
			this.readyTimeout = positive("ready-timeout", readyTimeout);
			return this;
		}

		/**
		 * Sets how long either side waits for the other's answer to one step. Default: 5
		 * seconds.
		 * @param stepTimeout the duration
		 * @return this builder
		 */
		public Builder stepTimeout(Duration stepTimeout) {
			this.stepTimeout = positive("step-timeout", stepTimeout);
			return this;
		}

		/**
		 * Sets how long a predecessor can accept again after its release. Default: 10
		 * seconds.
		 * @param observationWindow the duration, zero for no window
		 * @return this builder
		 */
		public Builder observationWindow(Duration observationWindow) {
			if (observationWindow.isNegative()) {
				throw new IllegalArgumentException(
						"observation-window %s must not be negative".formatted(DurationText.of(observationWindow)));
			}
			this.observationWindow = observationWindow;
			return this;
		}

		/**
		 * Sets how long a predecessor finishes connections before it closes the rest.
		 * Default: 30 seconds.
		 * @param drainTimeout the duration
		 * @return this builder
		 */
		public Builder drainTimeout(Duration drainTimeout) {
			this.drainTimeout = positive("drain-timeout", drainTimeout);
			return this;
		}

		/**
		 * Sets the user ids, besides the process's own, whose processes are trusted.
		 * Default: none.
		 * @param allowedPeerUids the user ids
		 * @return this builder
		 */
		public Builder allowedPeerUids(Set<Long> allowedPeerUids) {
			this.allowedPeerUids = Set.copyOf(allowedPeerUids);
			return this;
		}

		/**
		 * Makes a ready successor wait for {@link HandoffCommand#RELEASE}. Default: it
		 * asks for the release itself.
		 * @param manualRelease whether somebody else decides about the release
		 * @return this builder
		 */
		public Builder manualRelease(boolean manualRelease) {
			this.manualRelease = manualRelease;
			return this;
		}

		/**
		 * Allows a successor to close listeners that its predecessor serves, because it
		 * does not ask for them or asks for them elsewhere. Default: not allowed,
		 * {@link Handoff#ready()} fails then.
		 * @param allowDroppedListeners whether it is allowed
		 * @return this builder
		 */
		public Builder allowDroppedListeners(boolean allowDroppedListeners) {
			this.allowDroppedListeners = allowDroppedListeners;
			return this;
		}

		/**
		 * Acquires listeners from a process that takes no part in handoffs, if there is
		 * no predecessor. Default: from none.
		 * @param acquisition which process, and how
		 * @return this builder
		 */
		public Builder acquire(Acquisition acquisition) {
			this.acquisition = acquisition;
			return this;
		}

		/**
		 * Builds the options.
		 * @return the options
		 * @throws IllegalArgumentException if values contradict each other
		 */
		public HandoffOptions build() {
			Builder values = clone();
			values.controlSocket = (values.controlSocket != null) ? values.controlSocket.toAbsolutePath().normalize()
					: ControlSocketPath.defaultFor(values.application, values.port);
			values.statusSocket = (values.statusSocket != null) ? values.statusSocket.toAbsolutePath().normalize()
					: null;
			values.connectTimeout = (values.connectTimeout != null) ? values.connectTimeout
					: values.stepTimeout.multipliedBy(3);
			if (values.connectTimeout.compareTo(values.stepTimeout) <= 0) {
				throw new IllegalArgumentException(
						"connect-timeout %s must be longer than step-timeout %s, because a busy predecessor may park a dialler for a step"
							.formatted(DurationText.of(values.connectTimeout), DurationText.of(values.stepTimeout)));
			}
			return new HandoffOptions(values);
		}

		@Override
		protected Builder clone() {
			try {
				return (Builder) super.clone();
			}
			catch (CloneNotSupportedException ex) {
				throw new AssertionError(ex);
			}
		}

		private static Duration positive(String name, Duration value) {
			if (value.isNegative() || value.isZero()) {
				throw new IllegalArgumentException("%s %s must be positive".formatted(name, DurationText.of(value)));
			}
			return value;
		}

	}

}
