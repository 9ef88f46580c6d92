package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;

import dev.handoff.internal.libc.LibC;

/**
 * The versions of IP over which a socket at the wildcard address is reached. They are
 * decided when it is bound (ipv6(7), IPV6_V6ONLY).
 */
enum IpVersions {

	IPV4("IPv4"), IPV6("IPv6"), BOTH("IPv4 and IPv6");

	private final String words;

	IpVersions(String words) {
		this.words = words;
	}

	/**
	 * Asks the kernel.
	 * @param descriptor a socket's descriptor
	 * @param family its family
	 * @throws IOException if it is not an open socket
	 */
	static IpVersions of(FileDescriptor descriptor, LibC.Family family) throws IOException {
		if (family == LibC.Family.INET) {
			return IPV4;
		}
		return (LibC.option(Descriptors.number(descriptor), LibC.SocketOption.IPV6_ONLY) != 0) ? IPV6 : BOTH;
	}

	/**
	 * {@return those of a socket that this process binds to the wildcard address}
	 * @throws IOException if no socket can be opened
	 */
	static IpVersions ofNew() throws IOException {
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
