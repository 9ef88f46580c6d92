package dev.handoff;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

import dev.handoff.testsupport.Requirement;

/**
 * Runs programs as a user who may do nothing, and who may not be able to read the
 * repository.
 */
final class OtherUser {

	static final String UID = "65533";

	static final List<String> COMMAND = List.of("setpriv", "--reuid", UID, "--regid", UID, "--clear-groups",
			"--inh-caps=-all");

	private OtherUser() {
	}

	static void require() {
		Requirement.ROOT.check("root".equals(System.getProperty("user.name")),
				"only root can start processes as another user");
		Requirement.ROOT.checkProgram("setpriv", "util-linux");
	}

	/**
	 * Deletes a directory, unless it was not made.
	 */
	static void delete(Path directory) throws IOException {
		if (!directory.isAbsolute()) {
			return;
		}
		Files.walkFileTree(directory, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.delete(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path visited, IOException ex) throws IOException {
				Files.delete(visited);
				return FileVisitResult.CONTINUE;
			}

		});
	}

	/**
	 * Returns the class path, copied to where the other user can read it.
	 */
	static String readableClassPath(Path directory) {
		Path target = directory.resolve("classes");
		List<String> entries = new ArrayList<>();
		try {
			Files.createDirectories(target);
			for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
				Path source = Path.of(entry);
				Path copy = target.resolve(entries.size() + "-" + source.getFileName());
				if (Files.exists(source)) {
					copy(source, copy);
					entries.add(copy.toString());
				}
			}
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
		return String.join(File.pathSeparator, entries);
	}

	private static void copy(Path source, Path target) throws IOException {
		if (Files.exists(target) && !Files.isDirectory(target)) {
			return;
		}
		if (!Files.isDirectory(source)) {
			Files.copy(source, target);
			permit(target, "rw-r--r--");
			return;
		}
		Files.createDirectories(target);
		permit(target, "rwxr-xr-x");
		try (var children = Files.list(source)) {
			for (Path child : children.toList()) {
				copy(child, target.resolve(child.getFileName().toString()));
			}
		}
	}

	static void permit(Path path, String permissions) throws IOException {
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
	}

}
