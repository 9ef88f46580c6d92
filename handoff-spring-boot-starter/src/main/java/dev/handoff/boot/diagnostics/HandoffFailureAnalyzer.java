package dev.handoff.boot.diagnostics;

import dev.handoff.AcquisitionException;
import dev.handoff.ControlSocketException;
import dev.handoff.FileOpenException;
import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffException;
import dev.handoff.HandoffRefusedException;
import dev.handoff.HandoffTimeoutException;
import dev.handoff.ListenerBindException;
import dev.handoff.ListenersDroppedException;
import dev.handoff.PeerNotAllowedException;
import dev.handoff.SocketActivationException;
import dev.handoff.TransferException;
import dev.handoff.UnsupportedPlatformException;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/**
 * Says what to do about a start that failed because of a {@link HandoffException}.
 */
class HandoffFailureAnalyzer extends AbstractFailureAnalyzer<HandoffException> {

	@Override
	protected FailureAnalysis analyze(Throwable rootFailure, HandoffException cause) {
		return new FailureAnalysis(String.valueOf(cause.getMessage()), action(cause), cause);
	}

	private static String action(HandoffException cause) {
		if (cause instanceof UnsupportedPlatformException platform) {
			return switch (platform.getMissing()) {
				case NATIVE_LIBRARY ->
					"Give the process a directory from which a library can be loaded, or turn handoffs off: handoff.enabled=false";
				case OPERATING_SYSTEM -> "Turn handoffs off on this operating system: handoff.enabled=false";
			};
		}
		if (cause instanceof ControlSocketException socket) {
			return socket.getFix();
		}
		if (cause instanceof HandoffRefusedException refused) {
			return action(refused);
		}
		if (cause instanceof PeerNotAllowedException peer) {
			return "Run both processes as the same user, or add %d to handoff.allowed-peer-uids if that user is to be trusted"
				.formatted(peer.getUid());
		}
		if (cause instanceof AcquisitionException acquisition) {
			return action(acquisition);
		}
		if (cause instanceof ListenerBindException listener) {
			return "Stop the process that uses %s, or configure another address. If that is the running process of this application, this one did not find it: let both use the same handoff.control-socket, containers on the same volume. If the control socket's file was removed, it is made again within 10 seconds"
				.formatted(listener.getAddress());
		}
		if (cause instanceof ListenersDroppedException) {
			return "If this is another instance of the application, give each a handoff.control-socket of its own (or none, the default has the port in its name). If it is the next version and the ports have changed, set handoff.allow-dropped-listeners=true for this start";
		}
		if (cause instanceof FileOpenException file) {
			return "Let this process open %s, or configure another path".formatted(file.getPath());
		}
		if (cause instanceof HandoffTimeoutException) {
			return "See whether the running process hangs (it serves on its own; a thread dump shows what it does), or raise the timeout that is named above";
		}
		if (cause instanceof SocketActivationException) {
			return "Let the socket unit pass listening stream sockets and UDP sockets only (ListenStream=, ListenDatagram=, Accept=no), or start the service without it";
		}
		if (cause instanceof TransferException) {
			return "Start from a version of the application that uses a compatible version of this library; the running process serves on";
		}
		if (cause instanceof HandoffAbortedException) {
			return "The log of the running process says why the handoff ended; fix that and start again";
		}
		return "See the log of the running process";
	}

	private static String action(AcquisitionException acquisition) {
		return switch (acquisition.getReason()) {
			case KERNEL -> "Run on Linux 5.6 or newer, or stop the running process before this one is started";
			case SECCOMP ->
				"Let the container's seccomp profile allow pidfd_open, pidfd_getfd and pidfd_send_signal: with Docker's default profile --cap-add SYS_PTRACE does";
			case PTRACE_SCOPE ->
				"Set kernel.yama.ptrace_scope to 0 (sysctl), or, unless it is 3, give this process the capability CAP_SYS_PTRACE";
			case PERMISSION ->
				"Run this process as the user of process %d, with the same capabilities, or give it CAP_SYS_PTRACE, and for a process of another user CAP_DAC_READ_SEARCH and CAP_KILL (systemd: AmbientCapabilities=, Docker: --cap-add and --user root, since other users do not get them)"
					.formatted(acquisition.getPid());
			case FIRST_PROCESS ->
				"Start both in a pid namespace of which neither is the first process and which does not end with it: containers in that of a third one (--pid container:...)";
			case NO_SUCH_PROCESS ->
				"Let handoff.acquire.pid or handoff.acquire.pid-file name the process that listens, as this process sees it (containers: share the pid namespace), or remove it if there is none any more";
			case NO_SUCH_LISTENER ->
				"Configure an address at which process %d listens, or let handoff.acquire.listeners name the listeners that it has, so that others are bound"
					.formatted(acquisition.getPid());
			case OTHER_PROCESS ->
				"Let handoff.acquire.pid or handoff.acquire.pid-file name the process that has the address, or configure another address";
			case SEVERAL_LISTENERS ->
				"Let process %d have one socket for that address: switch SO_REUSEPORT off in it (nginx: the parameter reuseport of listen)"
					.formatted(acquisition.getPid());
			case NETWORK_NAMESPACE ->
				"Start this process in the network namespace of process %d (containers: --network container:...)"
					.formatted(acquisition.getPid());
			case FAILED -> "Start again; if it fails again, stop process %d before this one is started"
				.formatted(acquisition.getPid());
		};
	}

	private static String action(HandoffRefusedException refused) {
		return switch (refused.getReason()) {
			case BUSY,
					NOT_READY ->
				"Start again%s".formatted(refused.getRetryAfter()
					.map((delay) -> " in %d seconds or more".formatted(Math.max(1, delay.toSeconds())))
					.orElse(" later"));
			case VERSION -> "Stop the running process before this one is started, this once";
			case OTHER_APPLICATION ->
				"Give each application a spring.application.name of its own, or set handoff.control-socket to a path that no other application uses";
			case FORBIDDEN ->
				"Run both processes as the same user, or add this process's user id to handoff.allowed-peer-uids of the running one";
			case OTHER_NETWORK ->
				"Start this process in the network namespace of the running one (containers: --network container:...)";
		};
	}

}
