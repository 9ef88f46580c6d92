package dev.handoff;

import java.nio.file.Files;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * Chooses the default place of an application's control socket.
 */
final class ControlSocketPath {

	private ControlSocketPath() {
	}

	static Path defaultFor(String application) {
		return defaultFor(application, System.getenv("XDG_RUNTIME_DIR"), Path.of("/run"),
				Path.of(System.getProperty("java.io.tmpdir")), System.getProperty("user.name"));
	}

	static Path defaultFor(String application, @Nullable String xdgRuntimeDir, Path run, Path temporary, String user) {
		String directory = "handoff-" + fileName(application);
		Path parent;
		if (xdgRuntimeDir != null && !xdgRuntimeDir.isEmpty()) {
			parent = Path.of(xdgRuntimeDir);
		}
		else if (Files.isWritable(run)) {
			parent = run;
		}
		else {
			parent = temporary;
			directory += "-" + fileName(user);
		}
		return parent.resolve(directory).resolve("control.sock").toAbsolutePath().normalize();
	}

	// Names that differ only in replaced or cut characters must not share a directory.
	private static String fileName(String name) {
		String safe = name.replaceAll("[^A-Za-z0-9._-]", "_");
		if (safe.length() > 40) {
			safe = safe.substring(0, 40);
		}
		return safe.equals(name) ? name : safe + "-" + Integer.toHexString(name.hashCode());
	}

}
