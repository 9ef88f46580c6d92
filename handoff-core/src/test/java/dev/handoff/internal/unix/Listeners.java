package dev.handoff.internal.unix;

import java.io.FileDescriptor;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.SocketFacts;

/**
 * TCP listeners whose descriptors can be sent.
 */
record Listeners(List<GatedListener> listeners) implements AutoCloseable {

	static Listeners bind(int count) {
		List<GatedListener> listeners = new ArrayList<>();
		for (int i = 0; i < count; i++) {
			listeners.add(GatedListener.bind("listener-" + i,
					new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10));
		}
		return new Listeners(listeners);
	}

	List<FileDescriptor> descriptors(int from, int to) {
		return this.listeners.subList(from, to).stream().map(GatedListener::descriptor).toList();
	}

	SocketFacts facts(int index) {
		return this.listeners.get(index).facts();
	}

	InetSocketAddress address(int index) {
		return (InetSocketAddress) this.listeners.get(index).address();
	}

	@Override
	public void close() {
		this.listeners.forEach(GatedListener::close);
	}

}
