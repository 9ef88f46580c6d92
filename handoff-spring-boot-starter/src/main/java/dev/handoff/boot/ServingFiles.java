package dev.handoff.boot;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;

import dev.handoff.Handoff;
import dev.handoff.HandoffObserver;
import dev.handoff.HandoffState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that say something of the process that serves. Each process writes them when it
 * begins to serve, and deletes them at its end unless another one serves in its place.
 * Safe for use by several threads.
 */
final class ServingFiles implements HandoffObserver {

	private static final Logger logger = LoggerFactory.getLogger(ServingFiles.class);

	private final Handoff handoff;

	private final Map<File, String> contents = new LinkedHashMap<>();

	ServingFiles(Handoff handoff) {
		this.handoff = handoff;
	}

	synchronized void add(File file, String content) {
		this.contents.put(file, content);
		if (this.handoff.state().isServing()) {
			write(file, content);
		}
	}

	@Override
	public synchronized void stateChanged(StateChange change) {
		// This thread can be late, and another process may serve by now.
		if (change.to() == HandoffState.SERVING && this.handoff.state().isServing()) {
			this.contents.forEach(ServingFiles::write);
		}
	}

	private static void write(File file, String content) {
		try {
			File parent = file.getParentFile();
			if (parent != null) {
				Files.createDirectories(parent.toPath());
			}
			Files.writeString(file.toPath(), content);
		}
		catch (IOException | RuntimeException ex) {
			logger.warn("File {} cannot be written", file, ex);
		}
	}

	/**
	 * Deletes the files, at the end of the process.
	 */
	synchronized void delete() {
		if (!this.handoff.isServedByAnother()) {
			this.contents.forEach(ServingFiles::delete);
		}
	}

	private static void delete(File file, String content) {
		try {
			// A process that was started meanwhile may have written it.
			if (file.exists() && Files.readString(file.toPath()).equals(content)) {
				Files.delete(file.toPath());
			}
		}
		catch (IOException | RuntimeException ex) {
			logger.warn("File {} cannot be deleted", file, ex);
		}
	}

}
