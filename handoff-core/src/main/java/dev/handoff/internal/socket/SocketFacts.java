package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/**
 * What the kernel says about a socket (socket(7)). The same in every process that holds
 * it. Immutable.
 *
 * @param listening whether it accepts connections (SO_ACCEPTCONN)
 * @param type its type (SO_TYPE)
 * @param domain its address family (SO_DOMAIN)
 * @param address its local address: {@code 0.0.0.0:8080}, {@code [::1]:8080} in the form
 * of RFC 5952, or a path; empty if it has none
 * @param inode its inode, 0 where the operating system does not tell
 */
public record SocketFacts(boolean listening, Type type, Domain domain, String address, long inode) {

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
	 * Address families.
	 */
	public enum Domain {

		/**
		 * AF_INET.
		 */
		INET,

		/**
		 * AF_INET6, which may accept IPv4 as well.
		 */
		INET6,

		/**
		 * AF_UNIX.
		 */
		UNIX,

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
		NioAccess nio = NioAccess.get();
		OptionNumbers numbers = OptionNumbers.CURRENT;
		Type type = switch (nio.intOption(descriptor, numbers.level(), numbers.type())) {
			case 1 -> Type.STREAM;
			case 2 -> Type.DATAGRAM;
			default -> Type.OTHER;
		};
		boolean listening = nio.intOption(descriptor, numbers.level(), numbers.acceptConn()) != 0;
		Domain domain = domain(nio, descriptor, numbers);
		String address = switch (domain) {
			case INET, INET6 -> text(nio.inetAddress(descriptor));
			case UNIX -> nio.unixAddress(descriptor).getPath().toString();
			case OTHER -> "";
		};
		return new SocketFacts(listening, type, domain, address, inode(descriptor));
	}

	/**
	 * {@return whether it is a listening TCP or unix-domain stream socket}
	 */
	public boolean isStreamListener() {
		return this.domain != Domain.OTHER && this.type == Type.STREAM && this.listening;
	}

	/**
	 * {@return whether it is a UDP socket}
	 */
	public boolean isDatagramSocket() {
		return (this.domain == Domain.INET || this.domain == Domain.INET6) && this.type == Type.DATAGRAM;
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

	private static Domain domain(NioAccess nio, FileDescriptor descriptor, OptionNumbers numbers) throws IOException {
		if (numbers.domain() == 0) {
			return (nio.inetAddress(descriptor).getAddress() instanceof Inet6Address) ? Domain.INET6 : Domain.INET;
		}
		return switch (nio.intOption(descriptor, numbers.level(), numbers.domain())) {
			case 1 -> Domain.UNIX;
			case 2 -> Domain.INET;
			case 10 -> Domain.INET6;
			default -> Domain.OTHER;
		};
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

	/**
	 * The numbers of the options, from {@code <sys/socket.h>}; 0 for one that is not
	 * there.
	 */
	private record OptionNumbers(int level, int type, int acceptConn, int domain) {

		static final OptionNumbers CURRENT = Platform.isLinux() ? new OptionNumbers(1, 3, 30, 39)
				: new OptionNumbers(0xffff, 0x1008, 0x0002, 0);

	}

}
