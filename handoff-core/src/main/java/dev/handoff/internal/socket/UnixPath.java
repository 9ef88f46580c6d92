package dev.handoff.internal.socket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

import dev.handoff.ListenerBindException;

/**
 * The file of a unix-domain listener (unix(7)). Closing a listener never removes it: a
 * successor may own it by then. So a process that binds may find the file of one that has
 * ended.
 */
final class UnixPath {

	// sun_path without the final zero byte.
	private static final int MAX_LENGTH = Platform.isLinux() ? 107 : 103;

	private UnixPath() {
	}

	/**
	 * Removes the file if it is a socket on which nobody listens.
	 * @throws ListenerBindException if something else is there
	 * @throws IOException if it cannot be removed
	 */
	static void prepare(String name, UnixDomainSocketAddress address) throws IOException {
		Path path = address.getPath();
		int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
		if (length == 0 || length > MAX_LENGTH) {
			throw new ListenerBindException(name, address,
					"its path has %d bytes, 1 to %d are possible".formatted(length, MAX_LENGTH), null);
		}
		if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
			return;
		}
		if (!Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).isOther()) {
			throw new ListenerBindException(name, address, "a file that is no socket is there", null);
		}
		try (SocketChannel probe = SocketChannel.open(address)) {
			throw new ListenerBindException(name, address, "another process listens there: " + probe.getRemoteAddress(),
					null);
		}
		catch (ConnectException ex) {
			// Nobody does: the file is stale.
			Files.deleteIfExists(path);
		}
	}

}
