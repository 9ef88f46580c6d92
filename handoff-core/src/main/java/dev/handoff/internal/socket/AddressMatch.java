package dev.handoff.internal.socket;

import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Whether a socket is the one that somebody asks for.
 */
public final class AddressMatch {

	private AddressMatch() {
	}

	/**
	 * Returns whether a socket with one address can be used where another was asked for.
	 * @param present the socket's address
	 * @param asked the address that was asked for, port 0 for any
	 * @return {@code true} if it can; the wildcard addresses of IPv4 and IPv6 are one
	 */
	public static boolean suits(SocketAddress present, SocketAddress asked) {
		if (!(present instanceof InetSocketAddress inet) || !(asked instanceof InetSocketAddress askedInet)) {
			return present.equals(asked);
		}
		boolean sameAddress = inet.getAddress().equals(askedInet.getAddress())
				|| (inet.getAddress().isAnyLocalAddress() && askedInet.getAddress().isAnyLocalAddress());
		return sameAddress && (isAnyPort(asked) || askedInet.getPort() == inet.getPort());
	}

	/**
	 * {@return whether any port will do}
	 * @param asked the address that was asked for
	 */
	public static boolean isAnyPort(SocketAddress asked) {
		return asked instanceof InetSocketAddress inet && inet.getPort() == 0;
	}

}
