package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.unix.OwnUid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the default place of an application's control socket: a directory that this
 * user has used before, else the first that is not another user's. Any user can make one
 * in the temporary directory.
 */
final class ControlSocketPath {

	private static final Logger logger = LoggerFactory.getLogger(ControlSocketPath.class);

	private static final String NAME = "control.sock";

	private ControlSocketPath() {
	}

	/**
	 * Chooses the place.
	 * @param port the port of this instance, 0 if the application has one instance
	 */
	static Path defaultFor(String application, int port) {
		return defaultFor(application, port, System.getenv("XDG_RUNTIME_DIR"), Path.of("/run"),
				Path.of(System.getProperty("java.io.tmpdir")), System.getProperty("user.name"),
				Path.of(System.getProperty("user.home")));
	}

	static Path defaultFor(String application, int port, @Nullable String xdgRuntimeDir, Path run, Path temporary,
			String user, Path home) {
		String directory = "handoff-" + fileName(application) + ((port > 0) ? "-" + port : "");
		List<Path> candidates = new ArrayList<>();
		if (xdgRuntimeDir != null && !xdgRuntimeDir.isEmpty() && isUsable(Path.of(xdgRuntimeDir))) {
			candidates.add(Path.of(xdgRuntimeDir).resolve(directory));
		}
		if (Files.isWritable(run)) {
			candidates.add(run.resolve(directory));
		}
		candidates.add(temporary.resolve(directory + "-" + fileName(user)));
		candidates.add(home.resolve("." + directory));
		// Where a process of a login session has it, for one that is started otherwise.
		Path ofSession = run.resolve("user").resolve(ownUid()).resolve(directory);
		return choose(candidates, ofSession).resolve(NAME).toAbsolutePath().normalize();
	}

	private static boolean isUsable(Path runtimeDirectory) {
		String problem = !Files.isDirectory(runtimeDirectory) ? "does not exist"
				: isOthers(runtimeDirectory) ? "belongs to another user" : "";
		if (!problem.isEmpty()) {
			logger.warn("XDG_RUNTIME_DIR is '{}', which {}; the control socket is elsewhere", runtimeDirectory,
					problem);
		}
		return problem.isEmpty();
	}

	private static Path choose(List<Path> candidates, Path ofSession) {
		List<Path> usable = candidates.stream().filter((candidate) -> !isOthers(candidate)).toList();
		// The predecessor's, if it was started in another way or a directory has come or
		// gone since.
		Optional<Path> used = Stream.concat(usable.stream(), Stream.of(ofSession))
			.filter((candidate) -> Files.exists(candidate.resolve(NAME), LinkOption.NOFOLLOW_LINKS))
			.findFirst();
		// Without any, the first is refused, with the reason, when it is used.
		Path chosen = used.orElse(usable.isEmpty() ? candidates.get(0) : usable.get(0));
		candidates.stream()
			.takeWhile((candidate) -> !candidate.equals(chosen))
			.filter((passed) -> !usable.contains(passed))
			.findFirst()
			.ifPresent((others) -> logger.warn("Directory '{}' belongs to another user, the control socket is in '{}'",
					others, chosen));
		return chosen;
	}

	private static String ownUid() {
		try {
			return Long.toString(OwnUid.read());
		}
		catch (IOException ex) {
			return "unknown";
		}
	}

	private static boolean isOthers(Path directory) {
		try {
			long owner = FileFacts.owner(directory);
			return owner != OwnUid.read() && owner != 0;
		}
		catch (NoSuchFileException ex) {
			return false;
		}
		catch (IOException ex) {
			logger.debug("It is not known whose directory '{}' is", directory, ex);
			return false;
		}
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
