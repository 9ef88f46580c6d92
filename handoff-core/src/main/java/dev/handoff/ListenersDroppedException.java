package dev.handoff;

import java.io.Serial;
import java.nio.file.Path;
import java.util.List;

/**
 * This process has not asked for each listener that the predecessor serves. They would be
 * closed, which is rarely meant: the two are more likely two instances of one
 * application.
 */
public final class ListenersDroppedException extends HandoffException {

	@Serial
	private static final long serialVersionUID = 1L;

	/**
	 * Creates an exception.
	 * @param listeners the listeners that would be closed, in words
	 * @param predecessor the predecessor's process id
	 * @param controlSocket the control socket that both use
	 */
	public ListenersDroppedException(List<String> listeners, long predecessor, Path controlSocket) {
		super("Process %d serves %s, and with this handoff nobody would any more. It serves on. Both processes use the control socket '%s'"
			.formatted(predecessor, String.join(", ", listeners), controlSocket), null);
	}

}
