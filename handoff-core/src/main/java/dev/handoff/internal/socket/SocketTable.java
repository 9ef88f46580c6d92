package dev.handoff.internal.socket;

import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The sockets of a network namespace that wait for clients, as {@code /proc/<pid>/net}
 * lists them (proc(5)). Stateless.
 */
public final class SocketTable {

	private static final Path OWN = Path.of("/proc/self/net");

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
		 * {@return the address in the form of {@link SocketFacts#address()}}
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
		List<Entry> entries = entries(listening(process.resolve("net")));
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
	 * {@return the UDP sockets that are not connected}
	 * @param process the directory of a process in {@code /proc}
	 * @throws IOException if the process is gone
	 */
	public static List<Entry> datagramSockets(Path process) throws IOException {
		List<Row> rows = Row.read(process.resolve("net"), "udp", (row) -> true);
		rows.removeIf(Row::isConnected);
		return entries(rows);
	}

	private static List<Entry> entries(List<Row> rows) throws UnknownHostException {
		List<Entry> entries = new ArrayList<>();
		for (Row row : rows) {
			entries.add(new Entry(row.address(), row.inode()));
		}
		return entries;
	}

	/**
	 * Counts the TCP connections of this network namespace that wait to be accepted.
	 * @param inodes the listeners' inodes
	 * @return how many wait on those of them that the kernel lists, empty if it lists
	 * none
	 */
	public static OptionalInt waiting(Set<Long> inodes) {
		return waiting(OWN, inodes);
	}

	static OptionalInt waiting(Path net, Set<Long> inodes) {
		try {
			List<Row> rows = listening(net);
			rows.removeIf((row) -> !inodes.contains(row.inode()));
			return rows.isEmpty() ? OptionalInt.empty()
					: OptionalInt.of(rows.stream().mapToInt(Row::receiveQueue).sum());
		}
		catch (IOException ex) {
			return OptionalInt.empty();
		}
	}

	// The kernel lists listeners first, so a host with many connections costs no more.
	private static List<Row> listening(Path net) throws IOException {
		return Row.read(net, "tcp", Row::isListening);
	}

	/**
	 * A line of one of the tables of internet sockets.
	 */
	private record Row(String localAddress, String remoteAddress, String state, String queues, long inode) {

		private static final String LISTEN = "0A";

		/**
		 * Reads a table of IPv4 sockets and the one of IPv6 sockets, each up to the first
		 * row that is not wanted any more.
		 */
		static List<Row> read(Path net, String table, Predicate<Row> wanted) throws IOException {
			List<Row> rows = new ArrayList<>();
			for (Path file : List.of(net.resolve(table), net.resolve(table + "6"))) {
				// The second is not there without IPv6.
				if (Files.exists(file)) {
					try (Stream<String> lines = Files.lines(file, StandardCharsets.US_ASCII)) {
						lines.map((line) -> line.strip().split("\\s+", 11))
							.filter((columns) -> columns.length > 9 && !columns[0].equals("sl"))
							.map((columns) -> new Row(columns[1], columns[2], columns[3], columns[4],
									Long.parseLong(columns[9])))
							.takeWhile(wanted)
							.forEach(rows::add);
					}
					catch (UncheckedIOException ex) {
						throw ex.getCause();
					}
				}
			}
			return rows;
		}

		boolean isListening() {
			return this.state.equals(LISTEN);
		}

		boolean isConnected() {
			return this.remoteAddress.chars().anyMatch((digit) -> digit != '0' && digit != ':');
		}

		/**
		 * Returns the length of the receive queue, which of a listener is the accept
		 * queue.
		 */
		int receiveQueue() {
			return Integer.parseUnsignedInt(this.queues.substring(this.queues.indexOf(':') + 1), 16);
		}

		InetSocketAddress address() throws UnknownHostException {
			int colon = this.localAddress.indexOf(':');
			// Each word is printed as a number of the host's byte order.
			ByteBuffer words = ByteBuffer.wrap(HexFormat.of().parseHex(this.localAddress.substring(0, colon)));
			ByteBuffer bytes = ByteBuffer.allocate(words.remaining()).order(ByteOrder.nativeOrder());
			while (words.hasRemaining()) {
				bytes.putInt(words.getInt());
			}
			return new InetSocketAddress(InetAddress.getByAddress(bytes.array()),
					Integer.parseInt(this.localAddress.substring(colon + 1), 16));
		}

	}

}
