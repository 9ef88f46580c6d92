package dev.handoff.testsupport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The documents and sources of all modules, found from the directory of any module.
 */
public final class ProjectFiles {

	private static final Set<String> GENERATED = Set.of("target", ".git", "node_modules");

	private ProjectFiles() {
	}

	/**
	 * Returns the directory of the project.
	 * @return the directory
	 */
	public static Path root() {
		for (Path directory = Path.of("").toAbsolutePath(); directory != null; directory = directory.getParent()) {
			if (Files.exists(directory.resolve("CONTRIBUTING.md"))) {
				return directory;
			}
		}
		throw new IllegalStateException("No directory above this one has a CONTRIBUTING.md");
	}

	/**
	 * Reads a file.
	 * @param file the file
	 * @return its text
	 */
	public static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns all documents.
	 * @return the documents
	 */
	public static List<Path> documents() {
		try (Stream<Path> files = Files.walk(root())) {
			return files.filter((file) -> file.toString().endsWith(".md"))
				.filter((file) -> Stream.of(root().relativize(file).toString().split("/", -1))
					.noneMatch(GENERATED::contains))
				.sorted()
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Returns the source files of a class, by its simple name.
	 * @param kind {@code main} or {@code test}
	 * @param name the simple name
	 * @return the files
	 */
	public static List<Path> sources(String kind, String name) {
		return sources(kind).stream().filter((file) -> file.getFileName().toString().equals(name + ".java")).toList();
	}

	/**
	 * Returns all source files.
	 * @param kind {@code main} or {@code test}
	 * @return the files
	 */
	public static List<Path> sources(String kind) {
		try (Stream<Path> modules = Files.list(root())) {
			return modules.map((module) -> module.resolve("src").resolve(kind).resolve("java"))
				.filter(Files::isDirectory)
				.flatMap((directory) -> javaFiles(directory).stream())
				.toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static List<Path> javaFiles(Path directory) {
		try (Stream<Path> files = Files.walk(directory)) {
			return files.filter((file) -> file.toString().endsWith(".java")).toList();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
