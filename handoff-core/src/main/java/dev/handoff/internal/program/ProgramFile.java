package dev.handoff.internal.program;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * A jar of the class path, as it was when the process began to use it.
 *
 * @param path its path
 * @param key its device and inode
 * @param size its size in bytes
 * @param modified when it was modified last
 */
record ProgramFile(Path path, @Nullable Object key, long size, FileTime modified) {

	/**
	 * Returns the files of a class path; directories are left out, and what is missing.
	 */
	static List<ProgramFile> of(String classPath) {
		List<ProgramFile> files = new ArrayList<>();
		for (String entry : classPath.split(File.pathSeparator, -1)) {
			try {
				if (!entry.isEmpty()) {
					read(Path.of(entry).toAbsolutePath()).ifPresent(files::add);
				}
			}
			catch (InvalidPathException ex) {
				// In another character encoding than this process's.
			}
		}
		return files;
	}

	private static Optional<ProgramFile> read(Path path) {
		try {
			BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
			return attributes.isRegularFile() ? Optional
				.of(new ProgramFile(path, attributes.fileKey(), attributes.size(), attributes.lastModifiedTime()))
					: Optional.empty();
		}
		catch (IOException ex) {
			return Optional.empty();
		}
	}

	/**
	 * Tells whether something else has been written into the file. Another file at its
	 * path does no harm: the process keeps the one that it has open.
	 */
	boolean isOverwritten() {
		return read(this.path).filter((now) -> Objects.equals(now.key, this.key) && !now.equals(this)).isPresent();
	}

}
