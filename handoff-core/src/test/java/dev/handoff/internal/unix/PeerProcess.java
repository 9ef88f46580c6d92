package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

import dev.handoff.Listener.Origin;
import dev.handoff.UnsupportedPlatformException;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.Platform;
import dev.handoff.internal.socket.SocketFacts;
import dev.handoff.testsupport.OpenDescriptors;

/**
 * The other process of {@link UnixTransportIT}.
 */
final class PeerProcess {

	private PeerProcess() {
	}

	public static void main(String[] arguments) throws IOException {
		switch (arguments[0]) {
			case "adopt" -> adopt(Path.of(arguments[1]));
			case "full" -> receiveWhenFull(Path.of(arguments[1]));
			case "lock" -> lock(Path.of(arguments[1]), false);
			case "inherit lock" -> lock(Path.of(arguments[1]), true);
			case "platform" -> platform();
			default -> throw new IllegalArgumentException(arguments[0]);
		}
	}

	private static void adopt(Path path) throws IOException {
		try (UnixTransport transport = UnixTransport.open()) {
			FileDescriptor received = receive(transport, path);
			System.out.println(SocketFacts.of(received).inode());
			try (GatedListener listener = (GatedListener) GatedSocket.adopt("web", received, Origin.INHERITED)) {
				listener.openGate();
				try (SocketChannel connection = Objects.requireNonNull(listener.accept())) {
					connection.write(ByteBuffer.wrap("served".getBytes(StandardCharsets.UTF_8)));
				}
			}
		}
	}

	private static FileDescriptor receive(UnixTransport transport, Path path) throws IOException {
		ControlChannel channel = transport.dial(path).orElseThrow();
		channel.expectDescriptors(true);
		ByteBuffer frame = ByteBuffer.allocate(1);
		while (channel.read(frame) == 0) {
			transport.poll(Duration.ofSeconds(20));
		}
		return channel.takeDescriptors().get(0);
	}

	private static void lock(Path path, boolean inherit) throws IOException {
		try (UnixTransport transport = UnixTransport.open()) {
			WorkLock lock = transport.workLock(path);
			if (inherit) {
				lock.inherit(receive(transport, path));
			}
			lock.lock();
			System.out.println("locked");
			while (System.in.read() >= 0) {
				// Until the test is over.
			}
		}
	}

	private static void receiveWhenFull(Path path) throws IOException {
		try (UnixTransport transport = UnixTransport.open();
				GatedListener sample = GatedListener.bind("sample",
						new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10)) {
			ControlChannel channel = transport.dial(path).orElseThrow();
			channel.expectDescriptors(true);
			transport.poll(Duration.ofSeconds(20));
			while (OwnedDescriptors.hasRoomFor(20, sample.descriptor())) {
				Descriptors.duplicate(sample.descriptor());
			}
			int before = OpenDescriptors.list().size();
			int count = channel.read(ByteBuffer.allocate(10));
			String received = taken(channel);
			System.out.printf("%d byte, %s, %d lost%n", count, received, OpenDescriptors.list().size() - before);
		}
	}

	private static String taken(ControlChannel channel) {
		try {
			return "%d descriptors".formatted(channel.takeDescriptors().size());
		}
		catch (IOException ex) {
			return String.valueOf(ex.getMessage());
		}
	}

	private static void platform() throws IOException {
		try {
			Platform.verify();
			UnixTransport.open().close();
			System.out.println("NOTHING");
		}
		catch (UnsupportedPlatformException ex) {
			System.out.println(ex.getMissing() + " " + ex.getMessage());
		}
	}

}
