package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;

import dev.handoff.internal.libc.LibC;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The versions of IP over which a socket at the wildcard address is reached. They are
 * decided when it is bound (ipv6(7), IPV6_V6ONLY).
 */
enum IpVersions {

	IPV4("IPv4"), IPV6("IPv6"), BOTH("IPv4 and IPv6");

	private static final Logger logger = LoggerFactory.getLogger(IpVersions.class);

	private final String words;

	IpVersions(String words) {
		this.words = words;
	}

	/**
	 * Says so if a socket at the wildcard address is reached over other versions than one
	 * that this process binds.
	 * @param name the listener's name
	 * @param facts what the kernel says about the socket
	 * @param descriptor the socket's descriptor
	 */
	static void tell(String name, SocketFacts facts, FileDescriptor descriptor) {
		if (!(facts.socketAddress() instanceof InetSocketAddress inet) || !inet.getAddress().isAnyLocalAddress()) {
			return;
		}
		try {
			IpVersions present = of(descriptor, facts.family());
			IpVersions expected = ofNew();
			if (present != expected) {
				logger.info(
						"Listener '{}' is reached over {}, and one that this process binds would be over {}. That is decided when a socket is bound, so it takes a full stop to change it",
						name, present, expected);
			}
		}
		catch (IOException ex) {
			// No reason not to use it.
			logger.debug("The versions of IP of listener '{}' are not known", name, ex);
		}
	}

	private static IpVersions of(FileDescriptor descriptor, LibC.Family family) throws IOException {
		if (family == LibC.Family.INET) {
			return IPV4;
		}
		return (LibC.option(Descriptors.number(descriptor), LibC.SocketOption.IPV6_ONLY) != 0) ? IPV6 : BOTH;
	}

	private static IpVersions ofNew() throws IOException {
		try {
			// Refused without IPv6, and with java.net.preferIPv4Stack.
			ServerSocketChannel.open(StandardProtocolFamily.INET6).close();
			return BOTH;
		}
		catch (UnsupportedOperationException ex) {
			return IPV4;
		}
	}

	@Override
	public String toString() {
		return this.words;
	}

}
