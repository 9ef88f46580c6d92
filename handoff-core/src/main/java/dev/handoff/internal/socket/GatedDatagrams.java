package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.atomic.AtomicLong;

import dev.handoff.DatagramListener;
import dev.handoff.Listener.Origin;
import dev.handoff.ListenerBindException;
import org.jspecify.annotations.Nullable;

/**
 * A bound UDP socket with a gate, closed at first. Safe for use by several threads,
 * virtual ones too.
 */
public final class GatedDatagrams extends GatedSocket implements DatagramListener {

	private final DatagramChannel channel;

	private final AtomicLong receivedCount = new AtomicLong();

	private GatedDatagrams(String name, Origin origin, DatagramChannel channel) throws IOException {
		super(name, origin, channel, channel.getLocalAddress(), SelectionKey.OP_READ);
		this.channel = channel;
	}

	/**
	 * Binds a new socket. Datagrams queue from now on.
	 * @param name the listener's name
	 * @param address the address, port 0 for any
	 * @return the listener, its gate closed
	 * @throws ListenerBindException if that cannot be done
	 */
	@SuppressWarnings("resource")
	public static GatedDatagrams bind(String name, InetSocketAddress address) {
		NioAccess.get();
		DatagramChannel channel = null;
		try {
			channel = DatagramChannel.open();
			channel.bind(address);
			return new GatedDatagrams(name, Origin.BOUND, channel);
		}
		catch (IOException | UnresolvedAddressException ex) {
			ListenerBindException failure = new ListenerBindException(name, address, BindProblem.of(address, ex), ex);
			closeAfterFailure(channel, failure);
			throw failure;
		}
	}

	/**
	 * Adopts a UDP socket that was received from a predecessor.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @return the listener, its gate closed
	 * @throws IOException if it is no such socket; the descriptor is closed then
	 */
	public static GatedDatagrams adopt(String name, FileDescriptor descriptor) throws IOException {
		return adopt(name, descriptor, Origin.INHERITED);
	}

	/**
	 * Adopts a UDP socket.
	 * @param name the listener's name
	 * @param descriptor the descriptor, owned by the listener from now on
	 * @param origin how this process came by it
	 * @return the listener, its gate closed
	 * @throws IOException if it is no such socket; the descriptor is closed then
	 */
	@SuppressWarnings("resource")
	public static GatedDatagrams adopt(String name, FileDescriptor descriptor, Origin origin) throws IOException {
		DatagramChannel channel = null;
		try {
			SocketFacts facts = SocketFacts.of(descriptor);
			if (!facts.isDatagramSocket()) {
				throw new IOException("Listener '%s' is not a UDP socket: %s".formatted(name, facts));
			}
			channel = NioAccess.get().datagramChannel(descriptor);
			return new GatedDatagrams(name, origin, channel);
		}
		catch (IOException | RuntimeException ex) {
			if (channel == null) {
				Descriptors.close(descriptor);
			}
			closeAfterFailure(channel, ex);
			throw ex;
		}
	}

	@Override
	public @Nullable SocketAddress receive(ByteBuffer buffer) throws IOException {
		return await(() -> {
			SocketAddress sender = this.channel.receive(buffer);
			if (sender != null) {
				this.receivedCount.incrementAndGet();
			}
			return sender;
		});
	}

	@Override
	public int send(ByteBuffer buffer, SocketAddress target) throws IOException {
		return this.channel.send(buffer, target);
	}

	@Override
	public String name() {
		return super.name();
	}

	@Override
	public InetSocketAddress address() {
		return (InetSocketAddress) super.address();
	}

	@Override
	public Origin origin() {
		return super.origin();
	}

	@Override
	public long receivedCount() {
		return this.receivedCount.get();
	}

	@Override
	public boolean isReceiving() {
		return isGateOpen();
	}

	@Override
	public void close() {
		super.close();
	}

}
