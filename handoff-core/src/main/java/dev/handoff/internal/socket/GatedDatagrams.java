package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
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

	GatedDatagrams(String name, Origin origin, Shell<DatagramChannel> shell, SocketFacts facts) throws IOException {
		super(name, origin, shell, facts, SelectionKey.OP_READ);
		this.channel = shell.channel();
	}

	/**
	 * Binds a new socket. Datagrams queue from now on.
	 * @param name the listener's name
	 * @param address the address, port 0 for any
	 * @return the listener, its gate closed
	 * @throws ListenerBindException if that cannot be done
	 */
	public static GatedDatagrams bind(String name, InetSocketAddress address) {
		return bind(name, address, Shell::openDatagrams, (shell) -> {
			shell.channel().bind(address);
			return new GatedDatagrams(name, Origin.BOUND, shell, SocketFacts.of(shell.descriptor()));
		});
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
	public InetSocketAddress address() {
		return (InetSocketAddress) super.address();
	}

	@Override
	public long receivedCount() {
		return this.receivedCount.get();
	}

	@Override
	public long count() {
		return receivedCount();
	}

	@Override
	public boolean isReceiving() {
		return isGateOpen();
	}

}
