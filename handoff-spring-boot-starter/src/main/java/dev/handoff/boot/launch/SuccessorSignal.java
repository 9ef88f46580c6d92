package dev.handoff.boot.launch;

import java.util.Map;

import dev.handoff.CommandResult;
import dev.handoff.Handoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts a successor at a signal, as nginx and its kin do. What came of it is logged,
 * because a signal cannot be answered. Safe for use by several threads.
 */
public final class SuccessorSignal implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(SuccessorSignal.class);

	private final Runnable end;

	private SuccessorSignal(Runnable end) {
		this.end = end;
	}

	/**
	 * Takes no signal.
	 * @return what does nothing
	 */
	public static SuccessorSignal none() {
		return new SuccessorSignal(() -> {
		});
	}

	/**
	 * Takes the signal for this until it is closed.
	 * @param handoff the process's handoff
	 * @param kind the signal
	 * @param environment the process's environment
	 * @return the trigger, closed by the caller
	 * @throws IllegalArgumentException if the JVM needs the signal itself; the message
	 * says what to do
	 */
	public static SuccessorSignal of(Handoff handoff, Kind kind, Map<String, String> environment) {
		if (belongsToTheJvm(kind, environment)) {
			throw new IllegalArgumentException(
					"The JVM sends SIGUSR2 to itself, for example while Flight Recorder runs. Let it take another signal for that with the environment variable _JAVA_SR_SIGNUM=50, or use hup or usr1.");
		}
		OsSignal signal = OsSignal.handle(kind.name(), () -> trigger(handoff, kind));
		return new SuccessorSignal(signal::close);
	}

	/**
	 * Takes the signal while nobody could start a successor, before {@link #of} and after
	 * its close: sent to all processes of a unit, it would end one that starts or drains.
	 * What prevents that is told by {@link #of} alone.
	 * @param kind the signal
	 * @param environment the process's environment
	 */
	public static void ignore(Kind kind, Map<String, String> environment) {
		if (belongsToTheJvm(kind, environment)) {
			return;
		}
		try {
			OsSignal.handle(kind.name(),
					() -> logger.info("SIG{} started no successor: this process does not serve", kind));
		}
		catch (IllegalArgumentException ex) {
			logger.debug("{}", ex.getMessage());
		}
	}

	private static boolean belongsToTheJvm(Kind kind, Map<String, String> environment) {
		return kind == Kind.USR2 && suspendsThreads(environment.getOrDefault("_JAVA_SR_SIGNUM", ""));
	}

	// What HotSpot accepts; anything else leaves it with SIGUSR2, which is 12.
	private static boolean suspendsThreads(String number) {
		return !number.matches("\\d{1,2}") || Integer.parseInt(number) <= 12 || Integer.parseInt(number) > 64;
	}

	private static void trigger(Handoff handoff, Kind kind) {
		logger.info("SIG{} asks for a successor", kind);
		CommandResult result = handoff.trigger().join();
		if (result.verdict() == CommandResult.Verdict.APPLIED) {
			logger.info("SIG{}: {}", kind, result.detail());
		}
		else {
			logger.warn("SIG{} started no successor: {}", kind, result.detail());
		}
	}

	@Override
	public void close() {
		this.end.run();
	}

	/**
	 * Signals at which a successor can be started: those that neither end the process nor
	 * belong to a terminal.
	 */
	public enum Kind {

		/**
		 * SIGHUP, which ends a JVM otherwise.
		 */
		HUP,

		/**
		 * SIGUSR1.
		 */
		USR1,

		/**
		 * SIGUSR2, which nginx and others use, and the JVM itself.
		 */
		USR2

	}

}
