package dev.handoff.internal.libc;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.OptionalInt;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import com.sun.jna.Platform;
import com.sun.jna.ptr.IntByReference;
import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;
import org.jspecify.annotations.Nullable;

/**
 * Functions of the C library, with descriptors as numbers. Numbers of options and
 * commands are those of Linux and of macOS. Stateless.
 */
public final class LibC {

	public static final int EPERM = 1;

	public static final int ESRCH = 3;

	public static final int ENOSYS = 38;

	private static final boolean LINUX = Platform.isLinux();

	private static final int F_SETFD = 2;

	private static final int F_GETFL = 3;

	private static final int F_SETFL = 4;

	private static final int F_DUPFD_CLOEXEC = LINUX ? 1030 : 67;

	private static final int FD_CLOEXEC = 1;

	private static final int O_CLOEXEC = 02000000;

	private static final int O_NONBLOCK = LINUX ? 04000 : 4;

	private static final int O_ACCMODE = 3;

	private static final int FIONREAD = LINUX ? 0x541B : 0x4004667F;

	private static final int SOL_SOCKET = LINUX ? 1 : 0xFFFF;

	private static final int IPPROTO_IPV6 = 41;

	private static final int AF_UNIX = 1;

	private static final int AF_INET = 2;

	private static final int AF_INET6 = LINUX ? 10 : 30;

	// struct sockaddr_storage.
	private static final int ADDRESS_SIZE = 128;

	// In which the JDK reads and writes paths.
	private static final Charset PATH_ENCODING = Charset.forName(System.getProperty("sun.jnu.encoding", "UTF-8"));

	private static final int PIDFD_SEND_SIGNAL = 424;

	private static final int PIDFD_OPEN = 434;

	private static final int PIDFD_GETFD = 438;

	private LibC() {
	}

	/**
	 * Loads the library. Without this the first call does, which takes a while.
	 * @throws UnsupportedPlatformException if JNA's native library cannot be loaded
	 */
	public static void load() {
		try {
			Functions.C.getpid();
		}
		catch (Error ex) {
			// JNA throws an Error of no other type when it finds another version's
			// library.
			if (ex instanceof VirtualMachineError) {
				throw ex;
			}
			throw new UnsupportedPlatformException(Missing.NATIVE_LIBRARY,
					"JNA's native library for %s on %s cannot be loaded from '%s' (%s); set -Djna.tmpdir to a directory that is not mounted noexec"
						.formatted(System.getProperty("os.name"), System.getProperty("os.arch"),
								System.getProperty("jna.tmpdir", System.getProperty("java.io.tmpdir")), reason(ex)),
					ex);
		}
	}

	// Only the first attempt to load a class says why itself.
	private static @Nullable String reason(Throwable failure) {
		Throwable cause = failure.getCause();
		return (cause != null) ? reason(cause) : failure.getMessage();
	}

	/**
	 * An option of a socket whose value is a number (socket(7)).
	 */
	public enum SocketOption {

		/**
		 * SO_REUSEADDR.
		 */
		REUSE_ADDRESS(2, 0x0004),

		/**
		 * SO_TYPE.
		 */
		TYPE(3, 0x1008),

		/**
		 * SO_RCVBUF.
		 */
		RECEIVE_BUFFER(8, 0x1002),

		/**
		 * SO_ACCEPTCONN.
		 */
		ACCEPTS(30, 0x0002),

		/**
		 * IPV6_V6ONLY, of IPv6 sockets.
		 */
		IPV6_ONLY(IPPROTO_IPV6, 26, 27);

		private final int level;

		private final int number;

		SocketOption(int linux, int macos) {
			this(SOL_SOCKET, linux, macos);
		}

		SocketOption(int level, int linux, int macos) {
			this.level = level;
			this.number = LINUX ? linux : macos;
		}

	}

	/**
	 * Address families.
	 */
	public enum Family {

		/**
		 * AF_INET.
		 */
		INET,

		/**
		 * AF_INET6.
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
	 * A socket's own address.
	 *
	 * @param family its family
	 * @param address the address; {@code null} for another family, and for a unix-domain
	 * socket without a path
	 */
	public record LocalAddress(Family family, @Nullable SocketAddress address) {
	}

	/**
	 * Duplicates a descriptor (F_DUPFD_CLOEXEC).
	 * @return a new one, close-on-exec, owned by the caller
	 */
	public static int duplicate(int descriptor) throws SystemCallException {
		return check("fcntl", () -> Functions.C.fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
	}

	/**
	 * Makes a number mean what another one does (dup2(2)), close-on-exec. What it meant
	 * before is closed in the same step.
	 */
	public static void duplicate(int descriptor, int target) throws SystemCallException {
		if (LINUX) {
			check("dup3", () -> Functions.C.dup3(descriptor, target, O_CLOEXEC));
		}
		else {
			check("dup2", () -> Functions.C.dup2(descriptor, target));
			check("fcntl", () -> Functions.C.fcntl(target, F_SETFD, FD_CLOEXEC));
		}
	}

	/**
	 * Makes a socket listen (listen(2)). One that listens already gets another backlog.
	 */
	public static void listen(int descriptor, int backlog) throws SystemCallException {
		check("listen", () -> Functions.C.listen(descriptor, backlog));
	}

	/**
	 * Sets O_NONBLOCK, for all processes that hold what is open.
	 */
	public static void setNonBlocking(int descriptor) throws SystemCallException {
		int flags = check("fcntl", () -> Functions.C.fcntl(descriptor, F_GETFL));
		check("fcntl", () -> Functions.C.fcntl(descriptor, F_SETFL, flags | O_NONBLOCK));
	}

	/**
	 * Returns how many bytes can be read from what is open for reading alone (FIONREAD).
	 * @return empty if it is not, or cannot tell
	 */
	public static OptionalInt readable(int descriptor) {
		try {
			int flags = Functions.C.fcntl(descriptor, F_GETFL);
			IntByReference count = new IntByReference();
			if ((flags & O_ACCMODE) != 0) {
				return OptionalInt.empty();
			}
			Functions.C.ioctl(descriptor, new NativeLong(FIONREAD), count);
			return OptionalInt.of(count.getValue());
		}
		catch (LastErrorException ex) {
			return OptionalInt.empty();
		}
	}

	/**
	 * Returns the value of an option.
	 * @throws SystemCallException if the descriptor is no socket
	 */
	public static int option(int descriptor, SocketOption option) throws SystemCallException {
		IntByReference value = new IntByReference();
		check("getsockopt", () -> Functions.C.getsockopt(descriptor, option.level, option.number, value,
				new IntByReference(Integer.BYTES)));
		return value.getValue();
	}

	/**
	 * Returns a socket's own address (getsockname(2)).
	 */
	public static LocalAddress localAddress(int descriptor) throws IOException {
		byte[] bytes = new byte[ADDRESS_SIZE];
		IntByReference length = new IntByReference(ADDRESS_SIZE);
		check("getsockname", () -> Functions.C.getsockname(descriptor, bytes, length));
		ByteBuffer address = ByteBuffer.wrap(bytes, 0, Math.min(length.getValue(), ADDRESS_SIZE));
		address.order(ByteOrder.nativeOrder());
		// BSD begins with a length, and its family has one byte.
		int family = LINUX ? address.getShort() : address.getShort() >> 8;
		if (family == AF_INET) {
			return new LocalAddress(Family.INET, inet(address));
		}
		if (family == AF_INET6) {
			return new LocalAddress(Family.INET6, inet6(address));
		}
		return (family == AF_UNIX) ? new LocalAddress(Family.UNIX, unix(address))
				: new LocalAddress(Family.OTHER, null);
	}

	private static InetSocketAddress inet(ByteBuffer address) throws IOException {
		int port = port(address);
		byte[] host = new byte[4];
		address.get(host);
		return new InetSocketAddress(InetAddress.getByAddress(host), port);
	}

	private static InetSocketAddress inet6(ByteBuffer address) throws IOException {
		int port = port(address);
		// The flow information.
		address.getInt();
		byte[] bytes = new byte[16];
		address.get(bytes);
		int scope = address.getInt();
		// An IPv4 address if it is one in the form of IPv6.
		InetAddress host = InetAddress.getByAddress(bytes);
		return new InetSocketAddress((scope != 0) ? Inet6Address.getByAddress(null, bytes, scope) : host, port);
	}

	private static int port(ByteBuffer address) {
		int high = Byte.toUnsignedInt(address.get());
		return (high << Byte.SIZE) + Byte.toUnsignedInt(address.get());
	}

	// An abstract one begins with a zero byte.
	private static @Nullable UnixDomainSocketAddress unix(ByteBuffer address) {
		byte[] path = new byte[address.remaining()];
		address.get(path);
		int end = 0;
		while (end < path.length && path[end] != 0) {
			end++;
		}
		return (end > 0) ? UnixDomainSocketAddress.of(new String(Arrays.copyOf(path, end), PATH_ENCODING)) : null;
	}

	/**
	 * Writes bytes with one write(2).
	 * @return how many were written
	 */
	public static int write(int descriptor, byte[] bytes) throws SystemCallException {
		return check("write", () -> Functions.C.write(descriptor, bytes, new NativeLong(bytes.length)).intValue());
	}

	/**
	 * Calls pidfd_open(2).
	 * @return a descriptor of the process, close-on-exec, owned by the caller
	 */
	public static int openProcess(long pid) throws SystemCallException {
		return call("pidfd_open", PIDFD_OPEN, pid, 0);
	}

	/**
	 * Calls pidfd_getfd(2).
	 * @return a duplicate of the process's descriptor, close-on-exec, owned by the caller
	 */
	public static int takeFromProcess(int pidFd, int descriptor) throws SystemCallException {
		return call("pidfd_getfd", PIDFD_GETFD, pidFd, descriptor, 0);
	}

	/**
	 * Calls pidfd_send_signal(2). The signal 0 only checks whether that can be done.
	 */
	public static void signal(int pidFd, int signal) throws SystemCallException {
		call("pidfd_send_signal", PIDFD_SEND_SIGNAL, pidFd, signal, 0, 0);
	}

	// The numbers are the same on all processors but Alpha.
	private static int call(String name, long number, long... arguments) throws SystemCallException {
		// syscall(2) reads each of them as a long.
		Object[] longs = Arrays.stream(arguments).mapToObj(NativeLong::new).toArray();
		return check(name, () -> Functions.C.syscall(new NativeLong(number), longs).intValue());
	}

	private static int check(String name, Call call) throws SystemCallException {
		try {
			return call.call();
		}
		catch (LastErrorException ex) {
			throw new SystemCallException(name, ex.getErrorCode(), ex);
		}
	}

	/**
	 * A call of the library.
	 */
	@FunctionalInterface
	private interface Call {

		int call() throws LastErrorException;

	}

}
