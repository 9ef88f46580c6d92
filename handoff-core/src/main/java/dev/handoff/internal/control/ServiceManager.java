package dev.handoff.internal.control;

/**
 * Where this process tells its service manager how it is (sd_notify(3)). Used by the
 * session's thread.
 */
@FunctionalInterface
public interface ServiceManager {

	/**
	 * Tells it at once and without waiting, or not at all: what cannot be told harms
	 * nobody.
	 * @param message assignments, one a line
	 */
	void tell(String message);

	/**
	 * {@return the service manager of a process that has none}
	 */
	static ServiceManager none() {
		return (message) -> {
		};
	}

}
