package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;

/**
 * The sockets of a network namespace that wait for clients, as {@code /proc/<pid>/net}
 * lists them (proc(5)). Stateless.
 */
public final class SocketTable {

	private static final int LOCAL_ADDRESS = 1;

	private static final int REMOTE_ADDRESS = 2;

	private static final int STATE = 3;

	private static final int INODE = 9;

	private static final String LISTEN = "0A";

	private static final int UNIX_FLAGS = 3;

	private static final int UNIX_TYPE = 4;

	private static final int UNIX_INODE = 6;

	private static final int UNIX_PATH = 7;

	// __SO_ACCEPTCON and SOCK_STREAM.
	private static final String UNIX_LISTENS = "00010000";

	private static final String UNIX_STREAM = "0001";

	private SocketTable() {
	}

	/**
	 * A socket.
	 *
	 * @param address its local address
	 * @param inode its inode
	 */
	public record Entry(SocketAddress address, long inode) {

		/**
		 * Returns the address in the form of {@link SocketFacts#address()}.
		 * @return its text
		 */
		public String text() {
			return (this.address instanceof InetSocketAddress inet) ? SocketFacts.text(inet) : this.address.toString();
		}

	}

	/**
	 * Returns the listening TCP and unix-domain stream sockets.
	 * @param process the directory of a process in {@code /proc}
	 * @return the sockets; of unix-domain ones those that have a path
	 * @throws IOException if the process is gone
	 */
	public static List<Entry> listeners(Path process) throws IOException {
		List<Entry> entries = internet(process.resolve("net"), "tcp", (columns) -> columns[STATE].equals(LISTEN));
		// A path may have blanks and may be no UTF-8.
		for (String line : Files.readAllLines(process.resolve("net/unix"), StandardCharsets.ISO_8859_1)) {
			String[] columns = line.strip().split("\\s+", UNIX_PATH + 1);
			if (columns.length > UNIX_PATH && columns[UNIX_FLAGS].equals(UNIX_LISTENS)
					&& columns[UNIX_TYPE].equals(UNIX_STREAM) && columns[UNIX_PATH].startsWith("/")) {
				addUnix(entries, columns);
			}
		}
		return entries;
	}

	private static void addUnix(List<Entry> entries, String[] columns) {
		byte[] path = columns[UNIX_PATH].getBytes(StandardCharsets.ISO_8859_1);
		try {
			entries.add(new Entry(UnixDomainSocketAddress.of(new String(path, StandardCharsets.UTF_8)),
					Long.parseLong(columns[UNIX_INODE])));
		}
		catch (InvalidPathException ex) {
			// Nobody can ask for it.
		}
	}

	/**
	 * Returns the UDP sockets that are not connected.
	 * @param process the directory of a process in {@code /proc}
	 * @return the sockets
	 * @throws IOException if the process is gone
	 */
	public static List<Entry> datagramSockets(Path process) throws IOException {
		return internet(process.resolve("net"), "udp",
				(columns) -> columns[REMOTE_ADDRESS].chars().allMatch((digit) -> digit == '0' || digit == ':'));
	}

	private static List<Entry> internet(Path net, String table, Predicate<String[]> wanted) throws IOException {
		List<Entry> entries = new ArrayList<>();
		for (Path file : List.of(net.resolve(table), net.resolve(table + "6"))) {
			// The second is not there without IPv6.
			if (Files.exists(file)) {
				for (String line : Files.readAllLines(file, StandardCharsets.US_ASCII)) {
					String[] columns = line.strip().split("\\s+", INODE + 2);
					if (columns.length > INODE && !columns[0].equals("sl") && wanted.test(columns)) {
						entries.add(new Entry(address(columns[LOCAL_ADDRESS]), Long.parseLong(columns[INODE])));
					}
				}
			}
		}
		return entries;
	}

	static InetSocketAddress address(String text) throws UnknownHostException {
		int colon = text.indexOf(':');
		// Each word is printed as a number of the host's byte order.
		ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(text.substring(0, colon)));
		ByteBuffer bytes = ByteBuffer.allocate(words.remaining()).order(ByteOrder.nativeOrder());
		while (words.hasRemaining()) {
			bytes.putInt(words.getInt());
		}
		return new InetSocketAddress(InetAddress.getByAddress(bytes.array()),
				Integer.parseInt(text.substring(colon + 1), 16));
	}

}
