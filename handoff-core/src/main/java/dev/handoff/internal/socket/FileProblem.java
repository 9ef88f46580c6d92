package dev.handoff.internal.socket;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * Why a file cannot be opened, in words.
 */
final class FileProblem {

	private FileProblem() {
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
