package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.handoff.TransferException;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.holdings.ManifestEntry;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.Descriptors;
import dev.handoff.internal.socket.NetworkNamespace;
import org.jspecify.annotations.Nullable;

/**
 * An offer while its descriptors arrive. Owns them until they are adopted. Used by the
 * session's thread.
 */
final class Dial {

	private final List<FileDescriptor> descriptors = new ArrayList<>();

	private @Nullable Offer offer;

	private int announced;

	void offer(Offer offered) {
		if (this.offer != null) {
			throw new TransferException("a second offer on the same channel", null);
		}
		if (offered.manifest().isEmpty() || offered.manifest().get(0).kind() != Offer.Kind.CONTROL) {
			throw new TransferException("the manifest does not begin with the control listener", null);
		}
		Set<String> listeners = new HashSet<>();
		Set<String> files = new HashSet<>();
		for (Offer.Entry entry : offered.manifest()) {
			if (!(entry.kind().isFile() ? files : listeners).add(entry.name())) {
				throw new TransferException("%s is offered twice".formatted(ManifestEntry.text(entry)), null);
			}
		}
		String namespace = NetworkNamespace.current();
		if (!namespace.equals(offered.networkNamespace())) {
			throw new TransferException(
					"its sockets are of network namespace %s, this process runs in %s, so nobody would reach them once it has exited; run both in one network namespace"
						.formatted(offered.networkNamespace(), namespace),
					null);
		}
		this.offer = offered;
	}

	void receive(int count, List<FileDescriptor> received) {
		this.descriptors.addAll(received);
		this.announced += count;
		if (this.offer == null || this.announced > this.offer.manifest().size()
				|| this.descriptors.size() != this.announced) {
			throw new TransferException(
					"%d descriptors arrived, %d were announced, the manifest has %s".formatted(this.descriptors.size(),
							this.announced, (this.offer != null) ? this.offer.manifest().size() : "not arrived"),
					null);
		}
	}

	boolean isComplete() {
		return this.offer != null && this.announced == this.offer.manifest().size();
	}

	int generation() {
		return (this.offer != null) ? this.offer.generation() + 1 : 0;
	}

	/**
	 * Returns how many descriptors are offered.
	 */
	int size() {
		return (this.offer != null) ? this.offer.manifest().size() : 0;
	}

	/**
	 * Checks that each descriptor is what the manifest says, and makes listeners and
	 * files of them.
	 */
	ControlListener adopt(ControlTransport transport, Holdings holdings) throws IOException {
		Offer complete = this.offer;
		if (complete == null) {
			throw new IllegalStateException("No offer");
		}
		for (int i = 0; i < this.descriptors.size(); i++) {
			ManifestEntry.verify(complete.manifest().get(i), this.descriptors.get(i));
		}
		// From here on each descriptor belongs to the listener or file that is made of
		// it.
		for (int i = this.descriptors.size() - 1; i > 0; i--) {
			holdings.inherit(complete.manifest().get(i), this.descriptors.remove(i));
		}
		return transport.adopt(this.descriptors.remove(0));
	}

	/**
	 * Closes the descriptors that were not adopted.
	 */
	void discard() {
		this.descriptors.forEach(Descriptors::close);
		this.descriptors.clear();
	}

}
