package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import dev.handoff.Listener.Origin;
import dev.handoff.SocketActivationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket that the service manager passed at start, until it is adopted or closed.
 *
 * @param name its name in the service manager's configuration (FileDescriptorName=), by
 * default that of the socket unit, so not unique; empty if it has none
 * @param facts what the kernel says about it
 * @param address its local address
 * @param descriptor its owner
 */
public record ActivatedSocket(String name, SocketFacts facts, SocketAddress address, ReceivedDescriptor descriptor) {

	/**
	 * The environment variables by which a service manager tells of the sockets.
	 */
	public static final Set<String> VARIABLES = Set.of("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES");

	private static final Logger logger = LoggerFactory.getLogger(ActivatedSocket.class);

	// SD_LISTEN_FDS_START.
	private static final int FIRST = 3;

	// An open-files limit that nobody has; a number beyond it is a mistake.
	private static final int MAX = 1 << 20;

	/**
	 * Returns the sockets that were passed to this process (sd_listen_fds(3)). They are
	 * the caller's: ask once in the life of a process, because the variables stay when
	 * the descriptors' numbers have come to mean something else.
	 * @param environment the environment
	 * @param pid this process's id
	 * @return the sockets, none if they were passed to another process
	 * @throws SocketActivationException if one cannot be used; the others are closed then
	 */
	public static List<ActivatedSocket> passed(Map<String, String> environment, long pid) {
		String count = environment.getOrDefault("LISTEN_FDS", "");
		String receiver = environment.getOrDefault("LISTEN_PID", "");
		if (count.isEmpty() || receiver.isEmpty()) {
			return List.of();
		}
		if (!receiver.equals(Long.toString(pid))) {
			logger.info(
					"Ignoring LISTEN_FDS: it is meant for pid {} and this is pid {}. A script that starts the JVM must use exec",
					receiver, pid);
			return List.of();
		}
		String names = environment.getOrDefault("LISTEN_FDNAMES", "");
		return of(number(count), names.isEmpty() ? new String[0] : names.split(":", -1));
	}

	private static int number(String count) {
		try {
			int number = Integer.parseInt(count);
			if (number >= 0 && number < MAX) {
				return number;
			}
		}
		catch (NumberFormatException ex) {
			// As below.
		}
		throw new SocketActivationException("LISTEN_FDS is '%s', which is no number of descriptors".formatted(count),
				null);
	}

	private static List<ActivatedSocket> of(int count, String[] names) {
		if (names.length > 0 && names.length != count) {
			throw new SocketActivationException(
					"LISTEN_FDNAMES has %d names for %d descriptors".formatted(names.length, count), null);
		}
		List<ActivatedSocket> sockets = new ArrayList<>();
		try {
			for (int i = 0; i < count; i++) {
				sockets.add(of(FIRST + i, (names.length > 0) ? names[i] : ""));
			}
			return sockets;
		}
		catch (SocketActivationException ex) {
			sockets.forEach((socket) -> socket.descriptor().close());
			throw ex;
		}
	}

	private static ActivatedSocket of(int number, String name) {
		return of(Descriptors.of(number), number, name);
	}

	static ActivatedSocket of(FileDescriptor descriptor, int number, String name) {
		SocketFacts facts;
		try {
			facts = SocketFacts.of(descriptor);
		}
		catch (IOException ex) {
			// Not closed: what is no socket may be somebody else's.
			throw new SocketActivationException(
					"descriptor %d ('%s') is not a socket that has an address".formatted(number, name), ex);
		}
		SocketAddress local = facts.socketAddress();
		ReceivedDescriptor owner = new ReceivedDescriptor(descriptor);
		if (!facts.isStreamListener() && !facts.isDatagramSocket()) {
			owner.close();
			throw new SocketActivationException(
					"descriptor %d ('%s') is neither a listening TCP or unix-domain stream socket nor a UDP socket: %s"
						.formatted(number, name, facts),
					null);
		}
		return new ActivatedSocket(name, facts, (local != null) ? local : new InetSocketAddress(0), owner);
	}

	/**
	 * {@return whether it can become a listener of that kind}
	 * @param type {@link GatedListener} or {@link GatedDatagrams}
	 */
	public boolean isOf(Class<? extends GatedSocket> type) {
		return this.facts.isDatagramSocket() == (type == GatedDatagrams.class);
	}

	/**
	 * Makes a listener of it. The descriptor is the listener's from now on.
	 * @param listenerName the listener's name
	 * @return the listener, its gate closed
	 * @throws IOException if it cannot be made; the descriptor is closed then
	 */
	public GatedSocket adopt(String listenerName) throws IOException {
		return GatedSocket.adopt(listenerName, this.descriptor.giveAway(), Origin.ACTIVATED);
	}

}
