package dev.handoff.internal.pidfd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Set;

import dev.handoff.internal.socket.FileFacts;
import dev.handoff.internal.socket.ProcessUsers;

/**
 * A file in which a process has written its id. Whoever can write it chooses the process
 * whose sockets are taken, so both must be of somebody who is trusted: root, this
 * process's user, or one that the options name. Immutable.
 *
 * @param path the file
 * @param trusted the users who are trusted besides root and this process's
 */
record PidFile(Path path, Set<Long> trusted) {

	private static final int MAX_BYTES = 64;

	/**
	 * Reads the id.
	 * @throws java.nio.file.NoSuchFileException if there is no such file
	 * @throws NumberFormatException if it is no number
	 * @throws IOException if the file cannot be read or is not to be trusted
	 */
	long read() throws IOException {
		BasicFileAttributes attributes = Files.readAttributes(this.path, BasicFileAttributes.class,
				LinkOption.NOFOLLOW_LINKS);
		// What is no regular file might not end, or not begin.
		if (!attributes.isRegularFile()) {
			throw new IOException("it is no regular file");
		}
		if (attributes.size() > MAX_BYTES) {
			throw new IOException("it has more than %d bytes".formatted(MAX_BYTES));
		}
		long owner = FileFacts.owner(this.path);
		if (!isTrusted(owner)) {
			throw new IOException("it belongs to uid %d. %s".formatted(owner, remedy()));
		}
		ByteBuffer content = ByteBuffer.allocate(MAX_BYTES);
		try (SeekableByteChannel channel = Files.newByteChannel(this.path,
				Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
			while (content.hasRemaining() && channel.read(content) >= 0) {
				// Until its end.
			}
		}
		return Long.parseLong(StandardCharsets.US_ASCII.decode(content.flip()).toString().strip());
	}

	/**
	 * Checks whose process it is.
	 * @throws IOException if its user is not trusted, or it has ended
	 */
	void checkProcess(long pid) throws IOException {
		// The owner of its directory is root's if it does not want to be looked into.
		for (long uid : ProcessUsers.of(pid).all()) {
			if (!isTrusted(uid)) {
				throw new IOException("process %d runs as uid %d. %s".formatted(pid, uid, remedy()));
			}
		}
	}

	private boolean isTrusted(long uid) throws IOException {
		return uid == 0 || this.trusted.contains(uid) || ProcessUsers.own().all().contains(uid);
	}

	private static String remedy() {
		return "It must be root's or this process's user's, or the user must be among the allowed peer uids";
	}

}
