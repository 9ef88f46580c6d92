package dev.handoff.internal.program;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The classes that a process may need for the first time when it is replaced or exits.
 * They are named by the resources {@value #RESOURCE} of the class path: a line is the
 * name of a class, or of a package with {@code .**} for all classes below it that are in
 * the same jar as the list. A class that is missing, or needs one that is, is left out.
 */
final class ClassPreload {

	static final String RESOURCE = "META-INF/handoff/preload";

	private static final String BELOW = ".**";

	private static final String CLASS = ".class";

	private final ClassLoader loader;

	ClassPreload(ClassLoader loader) {
		this.loader = loader;
	}

	/**
	 * Loads them, without initializing any.
	 * @return how many are loaded now
	 * @throws IOException if a list cannot be read
	 */
	int load() throws IOException {
		int loaded = 0;
		for (String name : names()) {
			try {
				Class.forName(name, false, this.loader);
				loaded++;
			}
			catch (ClassNotFoundException | LinkageError ex) {
				// Of an optional dependency.
			}
		}
		return loaded;
	}

	/**
	 * Returns the names of the classes, of which some may be missing.
	 */
	Set<String> names() throws IOException {
		Set<String> names = new LinkedHashSet<>();
		for (URL list : Collections.list(this.loader.getResources(RESOURCE))) {
			for (String line : lines(list)) {
				if (line.endsWith(BELOW)) {
					String directory = line.substring(0, line.length() - BELOW.length()).replace('.', '/') + "/";
					files(list).filter((file) -> file.startsWith(directory) && file.endsWith(CLASS))
						.map((file) -> file.substring(0, file.length() - CLASS.length()).replace('/', '.'))
						.filter((name) -> !name.endsWith("package-info"))
						.forEach(names::add);
				}
				else if (!line.isBlank() && !line.startsWith("#")) {
					names.add(line);
				}
			}
		}
		return names;
	}

	private static List<String> lines(URL list) throws IOException {
		URLConnection connection = list.openConnection();
		connection.setUseCaches(false);
		try (BufferedReader reader = new BufferedReader(
				new InputStreamReader(connection.getInputStream(), StandardCharsets.UTF_8))) {
			return reader.lines().map(String::trim).toList();
		}
	}

	/**
	 * Returns the paths of the files beside a list, from the root of the class path on.
	 */
	private static Stream<String> files(URL list) throws IOException {
		URLConnection connection = list.openConnection();
		if (connection instanceof JarURLConnection jarConnection) {
			connection.setUseCaches(false);
			try (JarFile jar = jarConnection.getJarFile()) {
				return jar.stream().map((entry) -> entry.getName()).toList().stream();
			}
		}
		Path root = root(list);
		try (Stream<Path> files = Files.walk(root)) {
			return files.map((file) -> root.relativize(file).toString()).toList().stream();
		}
	}

	private static Path root(URL list) throws IOException {
		String text = list.toString();
		try {
			return Path.of(new URI(text.substring(0, text.length() - RESOURCE.length())));
		}
		catch (URISyntaxException | RuntimeException ex) {
			throw new IOException("Cannot list what is beside %s".formatted(list), ex);
		}
	}

}
