package dev.handoff;

import java.io.Serial;

import org.jspecify.annotations.Nullable;

/**
 * What the predecessor sent is not what it announced, or cannot be used here: a
 * descriptor that does not listen, another address or inode than in the manifest, a
 * socket of another network namespace, a malformed frame. The handoff was aborted, the
 * predecessor serves on.
 */
public final class TransferException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param problem what is wrong, with its values
	 * @param cause the underlying failure, if there was one
	 */
	public TransferException(String problem, @Nullable Throwable cause) {
		super("The predecessor's offer cannot be used: " + problem, cause);
	}

}
