package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;

import dev.handoff.internal.libc.LibC;
import org.jspecify.annotations.Nullable;

/**
 * What the kernel says about a socket (socket(7)). The same in every process that holds
 * it. Immutable.
 *
 * @param listening whether it accepts connections (SO_ACCEPTCONN)
 * @param type its type (SO_TYPE)
 * @param family its address family
 * @param socketAddress its local address; {@code null} if it has none
 * @param inode its inode, 0 where the operating system does not tell
 */
public record SocketFacts(boolean listening, Type type, LibC.Family family, @Nullable SocketAddress socketAddress,
		long inode) {

	/**
	 * Types of sockets.
	 */
	public enum Type {

		/**
		 * SOCK_STREAM.
		 */
		STREAM,

		/**
		 * SOCK_DGRAM.
		 */
		DATAGRAM,

		/**
		 * Any other.
		 */
		OTHER

	}

	/**
	 * Asks the kernel.
	 * @param descriptor the descriptor
	 * @throws IOException if it is not an open socket
	 */
	public static SocketFacts of(FileDescriptor descriptor) throws IOException {
		int number = Descriptors.number(descriptor);
		Type type = switch (LibC.option(number, LibC.SocketOption.TYPE)) {
			case 1 -> Type.STREAM;
			case 2 -> Type.DATAGRAM;
			default -> Type.OTHER;
		};
		boolean listening = LibC.option(number, LibC.SocketOption.ACCEPTS) != 0;
		LibC.LocalAddress local = LibC.localAddress(number);
		return new SocketFacts(listening, type, local.family(), local.address(), inode(descriptor));
	}

	/**
	 * {@return its local address as a text: {@code 0.0.0.0:8080}, {@code [::1]:8080} in
	 * the form of RFC 5952, or a path; empty if it has none}
	 */
	public String address() {
		if (this.socketAddress instanceof InetSocketAddress inet) {
			return text(inet);
		}
		return (this.socketAddress instanceof UnixDomainSocketAddress unix) ? unix.getPath().toString() : "";
	}

	/**
	 * {@return whether it is a listening TCP or unix-domain stream socket}
	 */
	public boolean isStreamListener() {
		return this.family != LibC.Family.OTHER && this.type == Type.STREAM && this.listening;
	}

	/**
	 * {@return whether it is a UDP socket}
	 */
	public boolean isDatagramSocket() {
		return (this.family == LibC.Family.INET || this.family == LibC.Family.INET6) && this.type == Type.DATAGRAM;
	}

	/**
	 * {@return an internet address in the form of {@link #address()}}
	 * @param address a resolved address
	 */
	public static String text(InetSocketAddress address) {
		InetAddress host = address.getAddress();
		if (host instanceof Inet6Address inet6) {
			return "[%s]:%d".formatted(text(inet6), address.getPort());
		}
		return "%s:%d".formatted(host.getHostAddress(), address.getPort());
	}

	private static long inode(FileDescriptor descriptor) throws IOException {
		if (!Platform.isLinux()) {
			return 0;
		}
		ProcessDescriptor own = ProcessDescriptor.of(descriptor);
		return own.socket().orElseThrow(() -> new IOException("'%s' is not a socket".formatted(own.link())));
	}

	// RFC 5952, section 4: the longest run of two or more zero groups, the first if
	// equal.
	private static String text(Inet6Address address) {
		byte[] bytes = address.getAddress();
		int[] groups = new int[8];
		for (int i = 0; i < 8; i++) {
			groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
		}
		int start = -1;
		int length = 1;
		for (int i = 0; i < 8; i++) {
			int end = i;
			while (end < 8 && groups[end] == 0) {
				end++;
			}
			if (end - i > length) {
				start = i;
				length = end - i;
			}
		}
		StringBuilder text = new StringBuilder();
		for (int i = 0; i < 8; i++) {
			if (i == start) {
				text.append("::");
				i += length - 1;
				continue;
			}
			if (!text.isEmpty() && text.charAt(text.length() - 1) != ':') {
				text.append(':');
			}
			text.append(Integer.toHexString(groups[i]));
		}
		if (address.getScopeId() != 0) {
			text.append('%').append(address.getScopeId());
		}
		return text.toString();
	}

}
