package dev.handoff.internal.program;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.Map;
import java.util.TreeMap;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ClassPreload}.
 */
class ClassPreloadTests {

	private static final String FIRST = "dev.handoff.Handoff";

	private static final String BELOW = "dev.handoff.HandoffOptions$Builder";

	@TempDir
	private Path directory;

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void whatIsNamedAndWhatIsBelowAPackageIsLoaded(boolean jar) throws Exception {
		try (URLClassLoader loader = loader(jar, "# a comment\n\ndev.handoff.**\njava.util.Currency\n")) {
			ClassPreload preload = new ClassPreload(loader);
			assertThat(preload.names()).contains(FIRST, BELOW, "java.util.Currency")
				.doesNotContain("dev.handoff.package-info")
				.noneMatch((name) -> name.startsWith("other."));
			assertThat(preload.load()).isEqualTo(preload.names().size());
		}
	}

	@ParameterizedTest
	@ValueSource(booleans = { true, false })
	void aJarThatIsGoneAfterwardsIsNotMissed(boolean jar) throws Exception {
		try (URLClassLoader loader = loader(jar, "dev.handoff.**\n")) {
			new ClassPreload(loader).load();
			delete();
			assertThat(loader.loadClass(BELOW)).isNotSameAs(HandoffOptions.Builder.class);
			assertThat(loader.loadClass(FIRST)).isNotSameAs(Handoff.class);
		}
	}

	@Test
	void whatIsMissingIsLeftOut() throws Exception {
		try (URLClassLoader loader = loader(true, "no.such.Class\n" + FIRST + "\n")) {
			assertThat(new ClassPreload(loader).load()).isOne();
		}
	}

	@Test
	void theLibrarysOwnClassesAreNamed() throws IOException {
		assertThat(new ClassPreload(getClass().getClassLoader()).names()).contains(ClassPreload.class.getName(), FIRST,
				BELOW);
	}

	private void delete() throws IOException {
		try (Stream<Path> files = Files.walk(this.directory)) {
			for (Path file : files.filter(Files::isRegularFile).toList()) {
				Files.delete(file);
			}
		}
	}

	/**
	 * Makes a loader with some of this project's classes and a list.
	 */
	private URLClassLoader loader(boolean jar, String list) throws IOException {
		Map<String, byte[]> files = new TreeMap<>();
		files.put(ClassPreload.RESOURCE, list.getBytes(StandardCharsets.UTF_8));
		files.put("other/Unlisted.class", new byte[0]);
		files.put("dev/handoff/package-info.class", new byte[0]);
		for (String name : new String[] { FIRST, BELOW, "dev.handoff.HandoffOptions" }) {
			String file = name.replace('.', '/') + ".class";
			files.put(file, bytes(file));
		}
		Path root = jar ? this.directory.resolve("program.jar") : this.directory;
		if (jar) {
			try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(root))) {
				for (Map.Entry<String, byte[]> file : files.entrySet()) {
					out.putNextEntry(new JarEntry(file.getKey()));
					out.write(file.getValue());
				}
			}
		}
		else {
			for (Map.Entry<String, byte[]> file : files.entrySet()) {
				Path path = root.resolve(file.getKey());
				Files.createDirectories(path.getParent());
				Files.write(path, file.getValue());
			}
		}
		return new Isolated(root.toUri());
	}

	private static byte[] bytes(String file) throws IOException {
		try (InputStream in = ClassPreloadTests.class.getClassLoader().getResourceAsStream(file)) {
			return in.readAllBytes();
		}
	}

	/**
	 * Loads this project's classes anew, the others from the tests' class path.
	 */
	private static final class Isolated extends URLClassLoader {

		Isolated(URI root) throws IOException {
			super(new URL[] { root.toURL() }, ClassPreloadTests.class.getClassLoader());
		}

		@Override
		protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
			synchronized (getClassLoadingLock(name)) {
				if (!name.equals(FIRST) && !name.startsWith("dev.handoff.HandoffOptions")) {
					return super.loadClass(name, resolve);
				}
				Class<?> loaded = findLoadedClass(name);
				return (loaded != null) ? loaded : findClass(name);
			}
		}

		@Override
		public Enumeration<URL> getResources(String name) throws IOException {
			return findResources(name);
		}

	}

}
