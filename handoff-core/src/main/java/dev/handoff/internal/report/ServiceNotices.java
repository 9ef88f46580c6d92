package dev.handoff.internal.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongPredicate;

import dev.handoff.internal.control.PeerIdentity;
import dev.handoff.internal.control.ServiceManager;
import dev.handoff.internal.control.TimeSource;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.Event;
import dev.handoff.internal.rules.Flag;
import dev.handoff.internal.rules.Phase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the service manager is told, so that its unit lives through a handoff. Used by the
 * session's thread.
 * <p>
 * Only the unit's main process speaks. That is the predecessor until it gives its
 * descriptors up for good: a successor that fails before that is no failure of the unit.
 * It names the successor before it tells it, so a successor that knows that it is alone
 * is the main process already, and the predecessor's exit comes later still.
 */
public final class ServiceNotices {

	private static final Logger logger = LoggerFactory.getLogger(ServiceNotices.class);

	private final ServiceManager manager;

	private final TimeSource time;

	private final long ownPid;

	private final LongPredicate knownHere;

	private boolean main;

	public ServiceNotices(ServiceManager manager, TimeSource time, long ownPid, LongPredicate knownHere) {
		this.manager = manager;
		this.time = time;
		this.ownPid = ownPid;
		this.knownHere = knownHere;
	}

	/**
	 * Tells what has to be told before the actions.
	 */
	public void before(List<Action> actions, @Nullable PeerIdentity successor) {
		if (!actions.contains(Action.SEND_CLOSED)) {
			return;
		}
		this.main = false;
		long pid = (successor != null) ? successor.pid() : 0;
		if (pid > 0 && this.knownHere.test(pid)) {
			tell("MAINPID=%d".formatted(pid),
					"STATUS=Process %d serves, process %d drains".formatted(pid, this.ownPid));
		}
		else {
			logger.info(
					"Successor pid {} is unknown in this pid namespace, so the service manager is not told about it",
					pid);
		}
	}

	/**
	 * Tells what has come about.
	 */
	public void after(Transition transition) {
		Phase before = transition.before().phase();
		Phase after = transition.after().phase();
		if (before == after) {
			return;
		}
		boolean becameMain = !this.main && isMain(after) && !isMain(before);
		this.main |= becameMain;
		switch (after) {
			case ALONE_STARTING -> {
				if (before != Phase.DIALLING) {
					tell(mainPid(), "STATUS=Starting");
				}
			}
			case SERVING -> tellServing(becameMain, transition);
			case WAIT_ADOPTED -> {
				// A third generation has waited: this process never was in rest.
				if (becameMain) {
					tellServing(true, transition);
				}
				tell("RELOADING=1", "MONOTONIC_USEC=%d".formatted(this.time.nanoTime() / 1000),
						"STATUS=Serving, process %d starts".formatted(pid(transition.facts().successor())));
			}
			case WAIT_SERVING -> tell("STATUS=Observing process %d".formatted(pid(transition.facts().successor())));
			case LEAVING -> {
				if (this.main || isAlone(transition)) {
					tell("STOPPING=1", "STATUS=Draining");
				}
			}
			default -> {
			}
		}
	}

	private static boolean isMain(Phase phase) {
		return switch (phase) {
			case ALONE_STARTING, SERVING, WAIT_ADOPTED -> true;
			default -> false;
		};
	}

	// Told to terminate, it waited for the predecessor's word, and was left alone.
	private static boolean isAlone(Transition transition) {
		return transition.event() == Event.CLOSED
				|| (transition.event() == Event.PREDECESSOR_EOF && transition.before().has(Flag.TERMINATING));
	}

	private void tellServing(boolean becameMain, Transition transition) {
		String status = "STATUS=Serving, generation %d".formatted(transition.facts().generation());
		if (becameMain) {
			// It counts where the predecessor died before it could say so.
			tell(mainPid(), "READY=1", status);
		}
		else {
			tell("READY=1", status);
		}
	}

	private String mainPid() {
		return "MAINPID=%d".formatted(this.ownPid);
	}

	private static long pid(@Nullable PeerIdentity peer) {
		return (peer != null) ? peer.pid() : 0;
	}

	private void tell(String... assignments) {
		this.manager.tell(String.join("\n", assignments));
	}

	/**
	 * Tells whether a number that another process gave as its own means the same process
	 * here: what is unknown is not passed on.
	 */
	public static boolean isKnownHere(long pid) {
		try {
			return Files.readSymbolicLink(Path.of("/proc/self/ns/pid"))
				.equals(Files.readSymbolicLink(Path.of("/proc", Long.toString(pid), "ns/pid")));
		}
		catch (IOException | UnsupportedOperationException ex) {
			return false;
		}
	}

}
