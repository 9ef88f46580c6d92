package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.locks.ReentrantLock;

import dev.handoff.AppendFile;
import dev.handoff.FileOpenException;
import dev.handoff.ProcessFile;
import dev.handoff.internal.libc.LibC;
import org.jspecify.annotations.Nullable;

/**
 * A regular file that is open for appending. Safe for use by several threads.
 */
public final class AppendOnlyFile implements OwnedFile, AppendFile {

	private final String name;

	private final Path path;

	private final boolean inherited;

	// A stream and not a channel, which would be closed when its thread is interrupted.
	private final FileOutputStream stream;

	private final int number;

	private final FileFacts facts;

	// Keeps the descriptor from being closed while it is used.
	private final ReentrantLock lock = new ReentrantLock();

	private volatile boolean closed;

	private AppendOnlyFile(String name, Path path, boolean inherited, FileOutputStream stream) throws IOException {
		this.name = name;
		this.path = path;
		this.inherited = inherited;
		this.stream = stream;
		this.number = Descriptors.number(stream.getFD());
		this.facts = FileFacts.of(stream.getFD());
		if (!this.facts.isAppendFile()) {
			throw new IOException("it is no regular file that is open for appending: " + this.facts);
		}
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
				return found.verified(of(name, path, found.link()));
			}
			// To open a pipe would wait for its reader.
			if (Files.exists(path) && !Files.isRegularFile(path)) {
				throw new FileOpenException(name, path, "it is no regular file", null);
			}
			return of(name, path, path);
		}
		catch (IOException ex) {
			throw new FileOpenException(name, path, FileProblem.of(ex), ex);
		}
	}

	private static AppendOnlyFile of(String name, Path path, Path file) throws IOException {
		try {
			return of(name, path, false, new FileOutputStream(file.toFile(), true));
		}
		catch (FileNotFoundException ex) {
			throw FileProblem.reason(ex, file, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
					StandardOpenOption.APPEND);
		}
	}

	private static AppendOnlyFile of(String name, Path path, boolean inherited, FileOutputStream stream)
			throws IOException {
		return Adoption.of(stream, (opened) -> new AppendOnlyFile(name, path, inherited, opened));
	}

	/**
	 * Adopts a file that was received from a predecessor.
	 * @param name the file's name
	 * @param path the path under which the predecessor has it
	 * @param descriptor the descriptor, owned by the file from now on
	 * @throws IOException if it is no such file; the descriptor is closed then
	 */
	public static AppendOnlyFile adopt(String name, Path path, FileDescriptor descriptor) throws IOException {
		return of(name, path, true, new FileOutputStream(descriptor));
	}

	@Override
	public int write(ByteBuffer source) throws IOException {
		byte[] bytes = new byte[source.remaining()];
		source.duplicate().get(bytes);
		int written = withDescriptor((descriptor) -> LibC.write(this.number, bytes));
		source.position(source.position() + written);
		return written;
	}

	@Override
	public void force() throws IOException {
		withDescriptor((descriptor) -> {
			descriptor.sync();
			return true;
		});
	}

	private <T> T withDescriptor(Use<T> use) throws IOException {
		this.lock.lock();
		try {
			if (this.closed) {
				throw new ClosedChannelException();
			}
			return use.of(this.stream.getFD());
		}
		finally {
			this.lock.unlock();
		}
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
		return !this.closed;
	}

	@Override
	public DescriptorLease lease() throws IOException {
		try {
			return new Duplicate(withDescriptor(Descriptors::duplicate));
		}
		catch (ClosedChannelException ex) {
			throw new IllegalStateException("'%s' has been closed".formatted(this.name), ex);
		}
	}

	@Override
	public void close() {
		this.lock.lock();
		try {
			this.closed = true;
			this.stream.close();
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

	/**
	 * What is done with an open descriptor.
	 */
	@FunctionalInterface
	private interface Use<T> {

		T of(FileDescriptor descriptor) throws IOException;

	}

	private record Duplicate(FileDescriptor descriptor) implements DescriptorLease {

		@Override
		public void close() {
			Descriptors.close(this.descriptor);
		}

	}

}
