package dev.handoff;

import java.io.Serial;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * A file or pipe that was not inherited could not be opened, for instance because its
 * permissions are in the way, or because what another process has open there is a socket.
 */
public final class FileOpenException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final String name;

	private final transient Path path;

	/**
	 * Creates an exception for one file.
	 * @param name the file's name
	 * @param path the path that was asked for
	 * @param problem what is in the way
	 * @param cause the failed system call, if there was one
	 */
	public FileOpenException(String name, Path path, String problem, @Nullable Throwable cause) {
		super("File '%s' cannot be opened at %s: %s".formatted(name, path, problem), cause);
		this.name = name;
		this.path = path;
	}

	/**
	 * {@return the file's name}
	 */
	public String getName() {
		return this.name;
	}

	/**
	 * {@return the path that was asked for}
	 */
	public Path getPath() {
		return this.path;
	}

}
