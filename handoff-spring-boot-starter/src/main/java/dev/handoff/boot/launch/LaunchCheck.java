package dev.handoff.boot.launch;

import java.lang.management.ManagementFactory;
import java.util.Optional;

/**
 * What is looked at before this process starts a successor. It is better to start none
 * than one that ends the service. Safe for use by several threads.
 */
public enum LaunchCheck {

	/**
	 * Nobody ends the successor when this process exits. A process that stays when it has
	 * been succeeded needs no such check.
	 */
	SUPERVISOR {

		@Override
		Optional<String> refusal() {
			return Supervisor.ofThisProcess(System.getenv())
				.map((supervisor) -> "%s; %s, or set handoff.successor.ignore-supervisor=true if that is not so"
					.formatted(supervisor.reason(), supervisor.fix()));
		}

	},

	/**
	 * The JVM opens no port with this process's command line that a second one cannot
	 * have.
	 */
	PORTS {

		@Override
		Optional<String> refusal() {
			return JvmPorts.refusal(ManagementFactory.getRuntimeMXBean().getInputArguments());
		}

	},

	/**
	 * There is memory for another process of this size.
	 */
	MEMORY {

		@Override
		Optional<String> refusal() {
			return ControlGroupMemory.ofThisProcess().flatMap(ControlGroupMemory::excess);
		}

	};

	/**
	 * Returns why no successor is to be started now, and what to do.
	 */
	abstract Optional<String> refusal();

}
