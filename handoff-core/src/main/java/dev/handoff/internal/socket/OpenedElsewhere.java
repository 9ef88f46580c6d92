package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import dev.handoff.FileOpenException;
import dev.handoff.ProcessFile;

/**
 * A file that another process has open.
 *
 * @param name the name under which it will be handed over
 * @param path the path that was asked for
 * @param link what leads to it in {@code /proc}
 * @param facts what the kernel says about it
 */
record OpenedElsewhere(String name, Path path, Path link, FileFacts facts) {

	private static final String REMOVED = " (deleted)";

	/**
	 * Finds the file.
	 * @param name the name under which it will be handed over
	 * @param path the path that was asked for
	 * @param source the process, and perhaps the descriptor
	 * @param suitable what the file has to be
	 * @param kind the same in words
	 * @throws FileOpenException if there is none, or it cannot be opened from here
	 * @throws IOException if {@code /proc} cannot be read
	 */
	static OpenedElsewhere find(String name, Path path, ProcessFile source, Predicate<FileFacts> suitable, String kind)
			throws IOException {
		Path process = Path.of("/proc", Long.toString(source.pid()));
		if (!Files.isDirectory(process)) {
			throw new FileOpenException(name, path, "there is no process %d".formatted(source.pid()), null);
		}
		try {
			Integer number = source.descriptor();
			List<OpenedElsewhere> found = (number != null)
					? List.of(at(name, path, new ProcessDescriptor(process, number))) : search(name, path, process);
			return choose(name, path, found, suitable, kind);
		}
		catch (AccessDeniedException ex) {
			throw new FileOpenException(name, path,
					"only processes of that process's user, and those with CAP_SYS_PTRACE, can read '%s' (ptrace(2), PTRACE_MODE_READ_FSCREDS)"
						.formatted(ex.getFile()),
					ex);
		}
	}

	private static OpenedElsewhere at(String name, Path path, ProcessDescriptor descriptor) throws IOException {
		return new OpenedElsewhere(name, path, descriptor.link(), FileFacts.of(descriptor));
	}

	private static List<OpenedElsewhere> search(String name, Path path, Path process) throws IOException {
		List<OpenedElsewhere> there = new ArrayList<>();
		List<OpenedElsewhere> removed = new ArrayList<>();
		String removedFrom = withoutLinks(path) + REMOVED;
		for (ProcessDescriptor descriptor : ProcessDescriptor.list(process)) {
			try {
				String target = descriptor.target();
				OpenedElsewhere open = at(name, path, descriptor);
				if (open.facts.isAt(path)) {
					there.add(open);
				}
				else if (target.equals(removedFrom)) {
					removed.add(open);
				}
			}
			catch (NoSuchFileException ex) {
				// Closed meanwhile.
			}
		}
		return there.isEmpty() ? removed : there;
	}

	// The kernel tells the path with all links followed.
	private static Path withoutLinks(Path path) {
		Path parent = path.getParent();
		try {
			return (parent != null) ? parent.toRealPath().resolve(path.getFileName()) : path;
		}
		catch (IOException ex) {
			return path;
		}
	}

	private static OpenedElsewhere choose(String name, Path path, List<OpenedElsewhere> found,
			Predicate<FileFacts> suitable, String kind) {
		if (found.isEmpty()) {
			throw new FileOpenException(name, path,
					"the process has no file open that is or was there; name the descriptor if it was renamed", null);
		}
		OpenedElsewhere first = found.get(0);
		if (first.facts.type() == FileFacts.Type.SOCKET) {
			throw new FileOpenException(name, path,
					"'%s' is a socket, which cannot be opened again (ENXIO): its process has to hand it over (SCM_RIGHTS), or it is duplicated with pidfd_getfd(2)"
						.formatted(first.link),
					null);
		}
		List<OpenedElsewhere> suiting = found.stream().filter((open) -> suitable.test(open.facts)).toList();
		if (suiting.isEmpty()) {
			throw new FileOpenException(name, path, "'%s' is not %s: %s".formatted(first.link, kind, first.facts),
					null);
		}
		OpenedElsewhere chosen = suiting.get(0);
		if (!suiting.stream().allMatch((open) -> open.facts.isSameFile(chosen.facts))) {
			throw new FileOpenException(name, path,
					"the process has several removed files of that path open; name one of the descriptors %s"
						.formatted(suiting.stream().map(OpenedElsewhere::link).toList()),
					null);
		}
		return chosen;
	}

	/**
	 * Checks that what was opened is what was found: meanwhile the process may have ended
	 * or its descriptor come to mean something else.
	 * @param <T> the type of file
	 * @param opened the file that was opened
	 * @throws FileOpenException if it is another one, which is closed then
	 */
	<T extends OwnedFile> T verified(T opened) {
		if (opened.facts().isSameFile(this.facts)) {
			return opened;
		}
		opened.close();
		throw new FileOpenException(this.name, this.path, "'%s' changed meanwhile".formatted(this.link), null);
	}

}
