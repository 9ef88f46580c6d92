package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;

/**
 * What is in the way of a bind, in words that somebody can act on.
 */
final class BindProblem {

	private BindProblem() {
	}

	static String of(SocketAddress address, Exception ex) {
		return (address instanceof InetSocketAddress inet) ? of(inet, ex) : String.valueOf(ex.getMessage());
	}

	private static String of(InetSocketAddress address, Exception ex) {
		InetAddress host = address.getAddress();
		if (host == null) {
			return "the host name cannot be resolved";
		}
		if (!isLocal(host)) {
			return "no network interface of this host has the address (%s)".formatted(ex.getMessage());
		}
		if (address.getPort() != 0 && address.getPort() < 1024) {
			return "the port is in use by another socket, or is a privileged one (%s)".formatted(ex.getMessage());
		}
		if (ex instanceof BindException) {
			return "the port is in use by another socket (%s)".formatted(ex.getMessage());
		}
		return String.valueOf(ex.getMessage());
	}

	private static boolean isLocal(InetAddress host) {
		try {
			return host.isAnyLocalAddress() || host.isLoopbackAddress()
					|| NetworkInterface.getByInetAddress(host) != null;
		}
		catch (IOException ex) {
			return true;
		}
	}

}
