package dev.handoff;

import java.io.Serial;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/**
 * The control socket's path cannot be used: its directory can be written by others,
 * belongs to somebody else, does not exist, or the path is too long (unix(7): 107 bytes).
 */
public final class ControlSocketException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	private final transient Path path;

	private final String problem;

	private final String fix;

	/**
	 * Creates an exception for one path.
	 * @param path the path at fault: the control socket's or its directory's
	 * @param problem what is wrong with it, with its values
	 * @param fix what to do about it
	 * @param cause the failed system call, if there was one
	 */
	public ControlSocketException(Path path, String problem, String fix, @Nullable Throwable cause) {
		super("Control socket '%s' cannot be used: %s".formatted(path, problem), cause);
		this.path = path;
		this.problem = problem;
		this.fix = fix;
	}

	/**
	 * {@return the path at fault}
	 */
	public Path getPath() {
		return this.path;
	}

	/**
	 * {@return what is wrong with the path}
	 */
	public String getProblem() {
		return this.problem;
	}

	/**
	 * {@return what to do about it}
	 */
	public String getFix() {
		return this.fix;
	}

}
