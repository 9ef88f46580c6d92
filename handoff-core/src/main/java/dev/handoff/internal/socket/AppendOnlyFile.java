package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.AppendFile;
import dev.handoff.FileOpenException;
import dev.handoff.ProcessFile;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that is open for appending. Safe for use by several threads.
 */
public final class AppendOnlyFile implements OwnedFile, AppendFile {

	private final String name;

	private final Path path;

	private final boolean inherited;

	private final FileChannel channel;

	private final FileFacts facts;

	// Keeps the descriptor from being closed while it is duplicated.
	private final ReentrantLock lock = new ReentrantLock();

	private AppendOnlyFile(String name, Path path, boolean inherited, FileChannel channel) throws IOException {
		this.name = name;
		this.path = path;
		this.inherited = inherited;
		this.channel = channel;
		this.facts = FileFacts.of(NioAccess.get().descriptor(channel));
		if (!this.facts.isAppendFile()) {
			throw new IOException("it is no regular file that is open for appending: " + this.facts);
		}
		NioAccess.get().setUninterruptible(channel);
	}

	/**
	 * Opens a file, and creates it if it does not exist.
	 * @param name the file's name
	 * @param path its absolute path
	 * @param source a process that has it open, from which it is taken in place of the
	 * path
	 * @throws FileOpenException if that cannot be done
	 */
	public static AppendOnlyFile open(String name, Path path, @Nullable ProcessFile source) {
		try {
			if (source != null) {
				OpenedElsewhere found = OpenedElsewhere.find(name, path, source, FileFacts::isAppendFile,
						"a regular file that is open for appending (O_APPEND)");
				return found.verified(of(name, path,
						FileChannel.open(found.link(), StandardOpenOption.WRITE, StandardOpenOption.APPEND)));
			}
			// To open a pipe would wait for its reader.
			if (Files.exists(path) && !Files.isRegularFile(path)) {
				throw new FileOpenException(name, path, "it is no regular file", null);
			}
			return of(name, path, FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
					StandardOpenOption.APPEND));
		}
		catch (IOException ex) {
			throw new FileOpenException(name, path, FileProblem.of(ex), ex);
		}
	}

	private static AppendOnlyFile of(String name, Path path, FileChannel channel) throws IOException {
		return Adoption.of(channel, (opened) -> new AppendOnlyFile(name, path, false, opened));
	}

	/**
	 * Adopts a file that was received from a predecessor.
	 * @param name the file's name
	 * @param path the path under which the predecessor has it
	 * @param descriptor the descriptor, owned by the file from now on
	 * @throws IOException if it is no such file; the descriptor is closed then
	 */
	public static AppendOnlyFile adopt(String name, Path path, FileDescriptor descriptor) throws IOException {
		return Adoption.of(descriptor, () -> new FileOutputStream(descriptor).getChannel(),
				(channel) -> new AppendOnlyFile(name, path, true, channel));
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		return this.channel.write(source);
	}

	@Override
	public void force() throws IOException {
		this.channel.force(false);
	}

	@Override
	public String name() {
		return this.name;
	}

	@Override
	public Path path() {
		return this.path;
	}

	@Override
	public FileFacts facts() {
		return this.facts;
	}

	@Override
	public boolean isInherited() {
		return this.inherited;
	}

	@Override
	public boolean isAtPath() {
		return this.facts.isAt(this.path);
	}

	@Override
	public boolean isOpen() {
		return this.channel.isOpen();
	}

	@Override
	public DescriptorLease lease() throws IOException {
		NioAccess nio = NioAccess.get();
		this.lock.lock();
		try {
			if (!isOpen()) {
				throw new IllegalStateException("'%s' has been closed".formatted(this.name));
			}
			return new Duplicate(nio.duplicate(nio.descriptor(this.channel)));
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		finally {
			this.lock.unlock();
		}
	}

	@Override
	public String toString() {
		return "AppendOnlyFile[%s, %s, %s]".formatted(this.name, this.path, this.facts);
	}

	private record Duplicate(FileDescriptor descriptor) implements DescriptorLease {

		@Override
		public void close() {
			Descriptors.close(this.descriptor);
		}

	}

}
