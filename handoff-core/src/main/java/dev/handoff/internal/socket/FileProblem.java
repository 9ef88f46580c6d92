package dev.handoff.internal.socket;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;

/**
 * Why a file cannot be opened, in words.
 */
final class FileProblem {

	private FileProblem() {
	}

	/**
	 * Returns why a stream could not open a file: a channel fails the same way, and says
	 * it.
	 * @param failure the stream's failure
	 * @param options the options with which the stream opens files
	 */
	static IOException reason(FileNotFoundException failure, Path file, OpenOption... options) {
		try {
			FileChannel.open(file, options).close();
			return failure;
		}
		catch (IOException ex) {
			return ex;
		}
	}

	static String of(IOException failure) {
		if (failure instanceof NoSuchFileException missing) {
			return "'%s' does not exist".formatted(missing.getFile());
		}
		if (failure instanceof AccessDeniedException denied) {
			return "this process has no permission for '%s'".formatted(denied.getFile());
		}
		if (failure instanceof FileSystemException other && other.getReason() != null) {
			return "%s for '%s'".formatted(other.getReason(), other.getFile());
		}
		return String.valueOf(failure.getMessage());
	}

}
