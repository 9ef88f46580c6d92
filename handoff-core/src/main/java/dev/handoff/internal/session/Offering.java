package dev.handoff.internal.session;

import java.io.FileDescriptor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.HandoffOptions;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.ControlListener;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.holdings.ManifestEntry;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.socket.Platform;
import dev.handoff.internal.socket.SocketFacts;
import org.jspecify.annotations.Nullable;

/**
 * The offer of this process's listeners and files to a successor. What is offered stays
 * open until it is sent, whatever the application does. Used by the session's thread.
 */
final class Offering {

	private final HandoffOptions options;

	private final String instanceId;

	private final Holdings holdings;

	private final WorkLock workLock;

	private final List<DescriptorLease> leases = new ArrayList<>();

	private @Nullable Connection successor;

	private int size;

	Offering(HandoffOptions options, String instanceId, Holdings holdings, WorkLock workLock) {
		this.options = options;
		this.instanceId = instanceId;
		this.holdings = holdings;
		this.workLock = workLock;
	}

	/**
	 * Sends the offer, or begins to.
	 * @throws IOException if it cannot be made or sent
	 */
	void send(Connection to, ControlListener control, int generation) throws IOException {
		List<Offer.Entry> manifest = new ArrayList<>();
		List<FileDescriptor> descriptors = new ArrayList<>();
		SocketFacts facts = SocketFacts.of(control.descriptor());
		manifest.add(new Offer.Entry("", Offer.Kind.CONTROL, facts.address(), facts.inode()));
		descriptors.add(control.descriptor());
		this.holdings.describe(manifest, descriptors, this.leases);
		if ((to.capabilities() & Capabilities.FILES) != 0) {
			this.holdings.describeFiles(manifest, descriptors, this.leases);
			describeWorkLock(manifest, descriptors);
		}
		this.successor = to;
		this.size = manifest.size();
		to.send(new Offer(Versions.HIGHEST, to.capabilities(), generation, ProcessHandle.current().pid(),
				this.instanceId, this.options.version(), manifest));
		for (int from = 0; from < descriptors.size(); from += ControlChannel.MAX_DESCRIPTORS) {
			int end = Math.min(descriptors.size(), from + ControlChannel.MAX_DESCRIPTORS);
			to.send(new Message.Descriptors(end - from), descriptors.subList(from, end));
		}
	}

	private void describeWorkLock(List<Offer.Entry> manifest, List<FileDescriptor> descriptors) throws IOException {
		FileDescriptor file = this.workLock.file();
		if (file != null && Platform.isLinux()) {
			FileFacts facts = FileFacts.of(file);
			manifest.add(new Offer.Entry(ManifestEntry.WORK_LOCK, Offer.Kind.APPEND_FILE,
					this.workLock.path().toString(), facts.inode(), facts.device()));
			descriptors.add(file);
		}
	}

	/**
	 * Returns how many descriptors were offered last, 0 if none were yet.
	 */
	int size() {
		return this.size;
	}

	/**
	 * Returns whether descriptors wait to be written, which must not be closed before.
	 */
	boolean isUnsent() {
		return this.successor != null && this.successor.hasUnsentDescriptors();
	}

	/**
	 * Lets go of what was sent.
	 */
	void letGo() {
		if (!this.leases.isEmpty() && !isUnsent()) {
			close();
		}
	}

	void close() {
		this.leases.forEach(DescriptorLease::close);
		this.leases.clear();
	}

}
