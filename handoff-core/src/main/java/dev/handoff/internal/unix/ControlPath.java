package dev.handoff.internal.unix;

import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.Charset;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Objects;

import dev.handoff.ControlSocketException;

import org.newsclub.net.unix.AFUNIXSocketAddress;

/**
 * The control socket's place in the file system, and whether it can be trusted: nobody
 * but this user and root may be able to put a socket there.
 */
final class ControlPath {

	// unix(7): sun_path has 108 bytes, with the terminating null byte.
	static final int MAX_BYTES = 107;

	// path_resolution(7)
	private static final int MAX_LINKS = 40;

	private static final int TYPE = 0170000;

	private static final int SOCKET = 0140000;

	private static final int SYMBOLIC_LINK = 0120000;

	private static final int DIRECTORY = 0040000;

	private static final int STICKY = 01000;

	private static final int GROUP_WRITABLE = 0020;

	private static final int OTHERS_WRITABLE = 0002;

	private final Path path;

	private final Path directory;

	private final long ownUid;

	private final byte[] bytes;

	ControlPath(Path path, long ownUid) {
		this.path = path.toAbsolutePath().normalize();
		this.ownUid = ownUid;
		Path parent = this.path.getParent();
		if (parent == null) {
			throw problem(path, "it names no file", "name a socket in a directory of its own");
		}
		this.directory = parent;
		this.bytes = this.path.toString()
			.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name())));
		if (this.bytes.length > MAX_BYTES) {
			throw problem(this.path,
					"its path has %d bytes, unix-domain sockets allow %d".formatted(this.bytes.length, MAX_BYTES),
					"choose a shorter path");
		}
	}

	Path path() {
		return this.path;
	}

	Path lockFile() {
		return this.directory.resolve(this.path.getFileName() + ".lock");
	}

	Path workLockFile() {
		return this.directory.resolve(this.path.getFileName() + ".work");
	}

	AFUNIXSocketAddress socketAddress() throws SocketException {
		return AFUNIXSocketAddress.of(this.bytes);
	}

	boolean exists() {
		return Files.exists(this.path, LinkOption.NOFOLLOW_LINKS);
	}

	/**
	 * Creates the directory, but not its parent, for this user only.
	 * @throws IOException if that failed
	 */
	void createDirectory() throws IOException {
		try {
			Files.createDirectory(this.directory,
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		}
		catch (FileAlreadyExistsException ex) {
			// Whose it is, is checked next.
		}
		catch (NoSuchFileException ex) {
			throw new ControlSocketException(this.directory, "its parent directory does not exist",
					"create '%s', or choose another path".formatted(this.directory.getParent()), ex);
		}
		catch (AccessDeniedException ex) {
			throw new ControlSocketException(this.directory, "uid %d may not create it".formatted(this.ownUid),
					"create it with mode 0700 for that user, or choose another path", ex);
		}
		catch (FileSystemException ex) {
			Path parent = this.directory.getParent();
			if (parent != null && Files.getFileStore(parent).isReadOnly()) {
				throw readOnly(ex);
			}
			throw ex;
		}
	}

	ControlSocketException notWritable(AccessDeniedException ex) {
		return new ControlSocketException(this.directory, "uid %d may not write to it".formatted(this.ownUid),
				"chown it to that user, or choose another path", ex);
	}

	/**
	 * Returns whether nothing can be created because of how the file system is mounted.
	 */
	boolean isReadOnly() throws IOException {
		return Files.getFileStore(this.directory).isReadOnly();
	}

	ControlSocketException readOnly(FileSystemException ex) {
		return new ControlSocketException(this.directory, "its file system is mounted read-only",
				"mount a writable one there, or choose another path", ex);
	}

	/**
	 * Returns what the operating system says, for example that there is no space left.
	 */
	ControlSocketException unusable(FileSystemException ex) {
		Path file = (ex.getFile() != null) ? Path.of(ex.getFile()) : this.directory;
		return new ControlSocketException(file, String.valueOf(ex.getReason()), "correct that, or choose another path",
				ex);
	}

	/**
	 * Checks the directory, the directories above it, and the socket's file.
	 * @return whether there is a socket's file
	 * @throws ControlSocketException if one of them cannot be trusted
	 * @throws IOException if one of them cannot be looked at
	 */
	boolean verify() throws IOException {
		if (!verifyDirectory()) {
			return false;
		}
		verifyWay();
		return verifyFile();
	}

	/**
	 * Goes the way to the directory as the kernel does, and checks each directory and
	 * symbolic link on it: who can replace one of them chooses where the path leads.
	 */
	private void verifyWay() throws IOException {
		Path root = Objects.requireNonNull(this.directory.getRoot());
		Deque<Path> names = new ArrayDeque<>();
		this.directory.forEach(names::add);
		int links = 0;
		Path at = root;
		verifyAncestor(root, Entry.of(root));
		while (!names.isEmpty()) {
			Path next = at.resolve(names.pop()).normalize();
			Entry entry = Entry.of(next);
			if (!entry.is(SYMBOLIC_LINK)) {
				at = next;
				if (!names.isEmpty()) {
					verifyAncestor(at, entry);
				}
				continue;
			}
			if (!isTrusted(entry)) {
				throw problem(next,
						"it is a symbolic link that belongs to uid %d, not to uid %d or root, and its owner can change where it leads"
							.formatted(entry.uid(), this.ownUid),
						"choose a path without it");
			}
			if (++links > MAX_LINKS) {
				throw problem(this.directory, "there are more than %d symbolic links on the way".formatted(MAX_LINKS),
						"choose a path without them");
			}
			Path target = Files.readSymbolicLink(next);
			for (int i = target.getNameCount() - 1; i >= 0; i--) {
				names.push(target.getName(i));
			}
			at = target.isAbsolute() ? root : at;
		}
	}

	private boolean verifyDirectory() throws IOException {
		Entry entry;
		try {
			entry = Entry.of(this.directory);
		}
		catch (NoSuchFileException ex) {
			return false;
		}
		if (entry.is(SYMBOLIC_LINK)) {
			throw problem(this.directory, "it is a symbolic link", "use the directory that it leads to");
		}
		if (!entry.is(DIRECTORY)) {
			throw problem(this.directory, "it is not a directory", "choose another path");
		}
		if (!isTrusted(entry)) {
			throw problem(this.directory,
					"it belongs to uid %d, not to uid %d or root".formatted(entry.uid(), this.ownUid),
					"chown it to uid %d, or choose another path".formatted(this.ownUid));
		}
		if (entry.has(GROUP_WRITABLE) || entry.has(OTHERS_WRITABLE)) {
			throw problem(this.directory, "its mode %s lets other users write".formatted(entry.permissions()),
					"chmod it to 0700, or use a directory in it");
		}
		return true;
	}

	private void verifyAncestor(Path ancestor, Entry entry) {
		if (!entry.has(OTHERS_WRITABLE)) {
			if (!isTrusted(entry)) {
				throw problem(ancestor,
						"it belongs to uid %d, not to uid %d or root, and who owns it can replace what is in it"
							.formatted(entry.uid(), this.ownUid),
						"choose a path elsewhere");
			}
			return;
		}
		if (!entry.has(STICKY)) {
			throw problem(ancestor, "its mode %s lets other users replace what is in it".formatted(entry.permissions()),
					"set its sticky bit (chmod +t) or chmod o-w it");
		}
		if (!isTrusted(entry)) {
			throw problem(ancestor, "everybody may write to it and it belongs to uid %d, not to uid %d or root"
				.formatted(entry.uid(), this.ownUid), "choose a path elsewhere");
		}
	}

	private boolean verifyFile() throws IOException {
		Entry entry;
		try {
			entry = Entry.of(this.path);
		}
		catch (NoSuchFileException ex) {
			return false;
		}
		if (entry.is(SYMBOLIC_LINK)) {
			throw problem(this.path, "it is a symbolic link", "remove it, or choose another path");
		}
		if (!entry.is(SOCKET)) {
			throw problem(this.path, "it exists and is not a socket", "remove it, or choose another path");
		}
		if (!isTrusted(entry)) {
			throw problem(this.path, "it belongs to uid %d, not to uid %d or root".formatted(entry.uid(), this.ownUid),
					"find out whose it is and remove it, or choose another path");
		}
		if (!Files.isWritable(this.path)) {
			if (Files.notExists(this.path, LinkOption.NOFOLLOW_LINKS)) {
				// Removed meanwhile by whoever claims it.
				return false;
			}
			throw problem(this.path, "uid %d may not connect to it (owner %d, mode %s)".formatted(this.ownUid,
					entry.uid(), entry.permissions()), "run as its owner, or choose another path");
		}
		return true;
	}

	private boolean isTrusted(Entry entry) {
		return entry.uid() == this.ownUid || entry.uid() == 0;
	}

	private static ControlSocketException problem(Path path, String problem, String fix) {
		return new ControlSocketException(path, problem, fix, null);
	}

	/**
	 * What lstat(2) says.
	 *
	 * @param uid the owner
	 * @param mode the type and the permissions (inode(7))
	 */
	private record Entry(long uid, int mode) {

		static Entry of(Path path) throws IOException {
			Map<String, Object> attributes = Files.readAttributes(path, "unix:uid,mode", LinkOption.NOFOLLOW_LINKS);
			Object uid = attributes.get("uid");
			Object mode = attributes.get("mode");
			if (uid == null || mode == null) {
				throw new IOException("The file system does not say whose '%s' is".formatted(path));
			}
			return new Entry(((Number) uid).longValue() & 0xffffffffL, ((Number) mode).intValue());
		}

		boolean is(int type) {
			return (this.mode & TYPE) == type;
		}

		boolean has(int permission) {
			return (this.mode & permission) != 0;
		}

		String permissions() {
			return "%04o".formatted(this.mode & 07777);
		}

	}

}
