package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import dev.handoff.TransferException;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.ControlTransport;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.holdings.ManifestEntry;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.socket.Descriptors;
import org.jspecify.annotations.Nullable;

/**
 * An offer while its descriptors arrive. Owns them until they are adopted. Used by the
 * session's thread.
 */
final class IncomingOffer {

	private final List<FileDescriptor> descriptors = new ArrayList<>();

	private @Nullable Offer offer;

	private int announced;

	void begin(Offer offered) {
		if (this.offer != null) {
			throw new TransferException("a second offer on the same channel", null);
		}
		if (Versions.negotiate(offered.version(), offered.version()).isEmpty()
				|| (offered.capabilities() & ~Capabilities.OWN) != 0) {
			throw new TransferException(
					"the predecessor chose protocol version %d with capabilities %d, this process speaks versions %d to %d with capabilities %d"
						.formatted(offered.version(), offered.capabilities(), Versions.LOWEST, Versions.HIGHEST,
								Capabilities.OWN),
					null);
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
		// A peer may say any number.
		return (this.offer != null) ? Math.max(this.offer.generation() + 1, this.offer.generation()) : 0;
	}

	/**
	 * Returns the path of the control listener of a complete offer.
	 */
	Path controlSocket() {
		try {
			return Path.of(offer().manifest().get(0).address());
		}
		catch (InvalidPathException ex) {
			throw new TransferException("the control listener's path is none in the character encoding of this process",
					ex);
		}
	}

	private Offer offer() {
		if (this.offer == null) {
			throw new IllegalStateException("No offer");
		}
		return this.offer;
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
	ControlListener adopt(ControlTransport transport, Holdings holdings, WorkLock workLock) throws IOException {
		Offer complete = offer();
		for (int i = 0; i < this.descriptors.size(); i++) {
			ManifestEntry.verify(complete.manifest().get(i), this.descriptors.get(i));
		}
		// From here on each descriptor belongs to the listener or file that is made of
		// it.
		for (int i = this.descriptors.size() - 1; i > 0; i--) {
			Offer.Entry entry = complete.manifest().get(i);
			FileDescriptor descriptor = this.descriptors.remove(i);
			if (ManifestEntry.isWorkLock(entry)) {
				workLock.inherit(descriptor);
			}
			else {
				holdings.inherit(entry, descriptor);
			}
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
