package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message.Offer;
import dev.handoff.internal.socket.AppendOnlyFile;
import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.socket.GatedPipe;
import dev.handoff.internal.socket.DescriptorLease;
import dev.handoff.internal.socket.OwnedFile;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The files and pipes of this process, claimed and not. Guarded by the lock of the
 * {@link Listeners}.
 */
final class OwnFiles {

	private static final Logger logger = LoggerFactory.getLogger(OwnFiles.class);

	private final Map<String, OwnedFile> claimed = new LinkedHashMap<>();

	private final Map<String, OwnedFile> unclaimed = new LinkedHashMap<>();

	private boolean gateOpen;

	private boolean closed;

	/**
	 * Takes a received file, to be claimed by the application.
	 */
	void inherit(OwnedFile file) {
		this.unclaimed.put(file.name(), file);
	}

	/**
	 * Returns the inherited file of that name if its path is the same, else one that is
	 * opened.
	 */
	<T extends OwnedFile> T claim(String name, Path path, Class<T> type, Supplier<T> open) {
		if (name.isEmpty() || name.length() > FrameCodec.MAX_NAME_LENGTH) {
			throw new IllegalArgumentException(
					"File name '%s' must have 1 to %d characters".formatted(name, FrameCodec.MAX_NAME_LENGTH));
		}
		if (path.toString().length() > FrameCodec.MAX_ADDRESS_LENGTH) {
			throw new IllegalArgumentException("File '%s': its path has more than %d characters: %s".formatted(name,
					FrameCodec.MAX_ADDRESS_LENGTH, path));
		}
		checkFree(name);
		T inherited = claimInherited(name, path, type);
		T file = (inherited != null) ? inherited : open.get();
		this.claimed.put(name, file);
		if (file instanceof GatedPipe pipe && this.gateOpen) {
			pipe.openGate();
		}
		logger.info("File '{}' {} at {}", name, file.isInherited() ? "inherited" : "opened", path);
		return file;
	}

	private void checkFree(String name) {
		if (this.closed) {
			throw new IllegalStateException("File '%s' was asked for after the handoff was closed".formatted(name));
		}
		OwnedFile existing = this.claimed.get(name);
		if (existing != null && existing.isOpen()) {
			throw new IllegalStateException("File '%s' exists already, at %s".formatted(name, existing.path()));
		}
	}

	private <T extends OwnedFile> @Nullable T claimInherited(String name, Path path, Class<T> type) {
		OwnedFile inherited = this.unclaimed.remove(name);
		if (inherited == null) {
			return null;
		}
		if (type.isInstance(inherited) && inherited.path().equals(path)) {
			return type.cast(inherited);
		}
		logger.info("File '{}' moves from {} to {}: the inherited one is declined", name, inherited.path(), path);
		close(inherited);
		return null;
	}

	void openGates() {
		this.gateOpen = true;
		pipes().forEach(GatedPipe::openGate);
	}

	void closeGates() {
		this.gateOpen = false;
		pipes().forEach(GatedPipe::closeGate);
	}

	/**
	 * Closes the inherited files that nobody asked for: a pipe whose reader does not read
	 * would swallow what is written.
	 */
	void closeUnclaimed() {
		for (OwnedFile file : this.unclaimed.values()) {
			logger.info("File '{}' at {} is not used any more: closed", file.name(), file.path());
			close(file);
		}
		this.unclaimed.clear();
	}

	/**
	 * Closes this process's copies of what only one process must have, for good. Append
	 * files are not among that: connections in hand may still write to them.
	 */
	void closePipes() {
		this.gateOpen = false;
		pipes().forEach(OwnFiles::close);
		closeUnclaimed();
	}

	/**
	 * Closes everything, for good.
	 */
	void close() {
		this.closed = true;
		closePipes();
		this.claimed.values().forEach(OwnFiles::close);
	}

	// One file's failure must not keep the others open.
	private static void close(OwnedFile file) {
		try {
			file.close();
		}
		catch (RuntimeException ex) {
			logger.error("File '{}' was not closed in order", file.name(), ex);
		}
	}

	/**
	 * Appends what a successor is offered. The descriptors stay open as long as the
	 * leases.
	 */
	void describe(List<Offer.Entry> manifest, List<FileDescriptor> descriptors, List<DescriptorLease> leases)
			throws IOException {
		for (OwnedFile file : this.claimed.values()) {
			DescriptorLease lease;
			try {
				lease = file.lease();
			}
			catch (IllegalStateException ex) {
				// The application has closed it.
				continue;
			}
			leases.add(lease);
			FileFacts facts = file.facts();
			manifest
				.add(new Offer.Entry(file.name(), kind(file), file.path().toString(), facts.inode(), facts.device()));
			descriptors.add(lease.descriptor());
		}
	}

	private static Offer.Kind kind(OwnedFile file) {
		return (file instanceof AppendOnlyFile) ? Offer.Kind.APPEND_FILE : Offer.Kind.PIPE;
	}

	private List<GatedPipe> pipes() {
		List<GatedPipe> pipes = new ArrayList<>();
		for (OwnedFile file : this.claimed.values()) {
			if (file instanceof GatedPipe pipe) {
				pipes.add(pipe);
			}
		}
		return pipes;
	}

}
