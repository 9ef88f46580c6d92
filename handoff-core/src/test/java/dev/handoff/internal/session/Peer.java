package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.NetworkNamespace;
import org.jspecify.annotations.Nullable;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The other end of a process's control channel, played by the test.
 */
final class Peer {

	static final String ID = "scripted";

	private final Host host;

	private final MemoryChannel channel;

	private final FrameDecoder decoder = new FrameDecoder();

	private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

	private int descriptors;

	private boolean ended;

	Peer(Host host, MemoryChannel channel) {
		this.host = host;
		this.channel = channel;
		channel.expectDescriptors(true);
	}

	Peer hello() {
		return send(new Message.Hello(Versions.LOWEST, Versions.HIGHEST, 0, 7, ID, "shop", "1",
				NetworkNamespace.current()));
	}

	Peer request(Request.Operation operation) {
		return request(operation, "");
	}

	Peer request(Request.Operation operation, String handoff) {
		return send(new Request(Versions.LOWEST, Versions.HIGHEST, operation, handoff, Request.Format.TEXT));
	}

	Peer send(Message message) {
		return send(FrameCodec.encode(message), List.of());
	}

	Peer send(byte[] bytes) {
		return send(ByteBuffer.wrap(bytes), List.of());
	}

	Peer garbage() {
		return send(new byte[] { 'G', 'E', 'T', ' ', '/', ' ', 'H', 'T', 'T', 'P', '/', '1', '\r', '\n' });
	}

	/**
	 * Sends the header of a frame, and nothing of its payload.
	 */
	Peer announce(int payload) {
		ByteBuffer header = FrameCodec.encode(new Message.Gone());
		return send(header.putInt(header.limit() - Integer.BYTES, payload), List.of());
	}

	/**
	 * Sends a message of a type that nobody knows.
	 */
	Peer unknown() {
		ByteBuffer frame = FrameCodec.encode(new Message.Gone());
		frame.put(5, (byte) 200);
		return send(frame, List.of());
	}

	/**
	 * Sends something and waits until it has had its effects.
	 */
	Peer send(ByteBuffer frame, List<FileDescriptor> sent) {
		write(frame, sent);
		this.host.settle();
		return this;
	}

	/**
	 * Sends something to a process that is stopped.
	 */
	void sendOnly(Message message) {
		write(FrameCodec.encode(message), List.of());
	}

	private void write(ByteBuffer frame, List<FileDescriptor> sent) {
		try {
			this.channel.write(frame, sent);
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * Offers the control socket and a listener, as a predecessor does.
	 */
	Peer offer(ControlListener control) {
		return offer(control, 0);
	}

	/**
	 * Offers with a manifest that tells another inode of the listener.
	 */
	Peer offer(ControlListener control, long deviation) {
		assertReceived(Message.Hello.class);
		GatedListener web = GatedListener.bind("web", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
		try {
			MemorySocket socket = ((MemorySocket.Listener) control).socket();
			List<Offer.Entry> manifest = List.of(
					new Offer.Entry("", Offer.Kind.CONTROL, socket.facts().address(), socket.facts().inode()),
					new Offer.Entry("web", Offer.Kind.TCP, web.facts().address(), web.facts().inode() + deviation));
			send(new Offer(Versions.HIGHEST, 0, 4, 7, ID, "1", manifest));
			return send(FrameCodec.encode(new Message.Descriptors(2)), List.of(control.descriptor(), web.descriptor()));
		}
		finally {
			web.close();
		}
	}

	/**
	 * Asserts what the process has sent next.
	 */
	<T extends Message> T assertReceived(Class<T> type) {
		Message message = next();
		if (!type.isInstance(message)) {
			throw new AssertionError("%s expected, not %s".formatted(type.getSimpleName(), message));
		}
		return type.cast(message);
	}

	void assertRefused(Refused.Reason reason) {
		assertThat(assertReceived(Refused.class).reason()).isEqualTo(reason);
		assertHungUp();
	}

	/**
	 * Receives an offer with its descriptors, and gives the descriptors back.
	 */
	Peer assertOffered() {
		Offer offer = assertReceived(Offer.class);
		while (this.descriptors < offer.manifest().size()) {
			assertReceived(Message.Descriptors.class);
		}
		assertThat(this.descriptors).isEqualTo(offer.manifest().size());
		this.descriptors = 0;
		return this;
	}

	void assertSilent() {
		assertThat(next()).isNull();
		assertThat(this.ended).isFalse();
	}

	void assertHungUp() {
		assertThat(next()).isNull();
		assertThat(this.ended).isTrue();
	}

	private @Nullable Message next() {
		this.host.settle();
		try {
			Message message = this.decoder.next();
			while (message == null) {
				this.buffer.clear();
				int count = this.channel.read(this.buffer);
				if (count <= 0) {
					this.ended = count < 0;
					return null;
				}
				List<FileDescriptor> received = new ArrayList<>(this.channel.takeDescriptors());
				this.descriptors += received.size();
				received.forEach(Descriptors::close);
				this.decoder.feed(this.buffer.flip());
				message = this.decoder.next();
			}
			return message;
		}
		catch (IOException | MalformedFrameException ex) {
			throw new AssertionError(ex);
		}
	}

	/**
	 * Stops reading: what the process writes from now on waits in it.
	 */
	Peer stopReading() {
		this.channel.capacity(0);
		return this;
	}

	Peer readAgain() {
		this.channel.capacity(Integer.MAX_VALUE);
		this.host.settle();
		return this;
	}

	/**
	 * Breaks the process's end of the channel.
	 */
	Peer breakChannel() {
		this.channel.other().fail();
		return this;
	}

	/**
	 * Hangs up, as a process that dies.
	 */
	Peer die() {
		close();
		this.host.settle();
		return this;
	}

	void close() {
		this.channel.close();
	}

}
