package dev.handoff.docker;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/**
 * A peer of another release, as far as it was recorded: sends frames one by one, each
 * after the answer to the one before, and prints the types of what it receives. To be run
 * in a container; arguments: {@code dial} or {@code listen}, the socket, the frames in
 * hexadecimal.
 */
public final class RecordedPeer {

	private static final int HEADER = 12;

	private RecordedPeer() {
	}

	public static void main(String[] args) throws IOException {
		UnixDomainSocketAddress address = UnixDomainSocketAddress.of(Path.of(args[1]));
		List<String> frames = List.of(args).subList(2, args.length);
		if (args[0].equals("dial")) {
			try (SocketChannel channel = SocketChannel.open(address)) {
				for (String frame : frames) {
					send(channel, frame);
					receive(channel);
				}
			}
			return;
		}
		try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			listener.bind(address);
			System.out.println("listening");
			try (SocketChannel channel = listener.accept()) {
				for (String frame : frames) {
					receive(channel);
					send(channel, frame);
				}
			}
		}
	}

	private static void send(SocketChannel channel, String frame) throws IOException {
		ByteBuffer bytes = ByteBuffer.wrap(HexFormat.of().parseHex(frame));
		while (bytes.hasRemaining()) {
			channel.write(bytes);
		}
	}

	private static void receive(SocketChannel channel) throws IOException {
		ByteBuffer header = ByteBuffer.wrap(Channels.newInputStream(channel).readNBytes(HEADER));
		if (!header.hasRemaining()) {
			System.out.println("received the end");
			return;
		}
		Channels.newInputStream(channel).readNBytes(header.getInt(8));
		System.out.printf("received type %d%n", header.get(5));
	}

}
