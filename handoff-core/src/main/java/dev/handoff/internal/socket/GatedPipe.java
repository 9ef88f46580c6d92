package dev.handoff.internal.socket;

import java.io.FileDescriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import dev.handoff.FileOpenException;
import dev.handoff.NamedPipe;
import dev.handoff.ProcessFile;
import org.jspecify.annotations.Nullable;

/**
 * A pipe that is open in both directions, with a gate, closed at first. Safe for use by
 * several threads, virtual ones too.
 */
public final class GatedPipe extends GatedChannel implements OwnedFile, NamedPipe {

	private final Path path;

	private final boolean inherited;

	private final Pipe.SourceChannel channel;

	private final FileFacts facts;

	private GatedPipe(String name, Path path, boolean inherited, Shell<Pipe.SourceChannel> shell) throws IOException {
		super(name, shell, SelectionKey.OP_READ);
		this.path = path;
		this.inherited = inherited;
		this.channel = shell.channel();
		this.facts = FileFacts.of(shell.descriptor());
		Descriptors.setNonBlocking(shell.descriptor());
	}

	/**
	 * Opens a pipe.
	 * @param name the pipe's name
	 * @param path its absolute path
	 * @param source a process that has it open, from which it is taken in place of the
	 * path
	 * @return the pipe, its gate closed
	 * @throws FileOpenException if that cannot be done
	 */
	public static GatedPipe open(String name, Path path, @Nullable ProcessFile source) {
		try {
			if (source != null) {
				OpenedElsewhere found = OpenedElsewhere.find(name, path, source,
						(facts) -> facts.type() == FileFacts.Type.PIPE, "a pipe");
				return found.verified(open(name, path, found.link()));
			}
			if (FileFacts.Type.of(path) != FileFacts.Type.PIPE) {
				throw new FileOpenException(name, path, "it is no pipe; mkfifo(1) makes one", null);
			}
			return open(name, path, path);
		}
		catch (IOException ex) {
			throw new FileOpenException(name, path, FileProblem.of(ex), ex);
		}
	}

	private static GatedPipe open(String name, Path path, Path link) throws IOException {
		// For reading alone it would wait for a writer (fifo(7)).
		try (RandomAccessFile opened = new RandomAccessFile(link.toFile(), "rw")) {
			return adopt(name, path, false, Descriptors.duplicate(opened.getFD()));
		}
		catch (FileNotFoundException ex) {
			throw FileProblem.reason(ex, link, StandardOpenOption.READ, StandardOpenOption.WRITE);
		}
	}

	/**
	 * Adopts a pipe that was received from a predecessor.
	 * @param name the pipe's name
	 * @param path the path under which the predecessor has it
	 * @param descriptor the descriptor, owned by the pipe from now on
	 * @return the pipe, its gate closed
	 * @throws IOException if it is no such pipe; the descriptor is closed then
	 */
	public static GatedPipe adopt(String name, Path path, FileDescriptor descriptor) throws IOException {
		return adopt(name, path, true, descriptor);
	}

	private static GatedPipe adopt(String name, Path path, boolean inherited, FileDescriptor descriptor)
			throws IOException {
		return Adoption.of(descriptor,
				() -> Adoption.of(channel(descriptor), (shell) -> new GatedPipe(name, path, inherited, shell)));
	}

	private static Shell<Pipe.SourceChannel> channel(FileDescriptor descriptor) throws IOException {
		FileFacts facts = FileFacts.of(descriptor);
		if (!facts.isReadablePipe()) {
			throw new IOException("it is no pipe that is open in both directions: " + facts);
		}
		return Shell.ofPipe(descriptor);
	}

	@Override
	public int read(ByteBuffer buffer) throws IOException {
		if (!buffer.hasRemaining()) {
			return 0;
		}
		Integer count = await(() -> {
			int read = this.channel.read(buffer);
			return (read != 0) ? read : null;
		});
		return (count != null) ? count : -1;
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
	public boolean isReading() {
		return isGateOpen();
	}

	@Override
	public String toString() {
		return "GatedPipe[%s, %s, %s, gate %s]".formatted(name(), this.path, this.facts, gate());
	}

}
