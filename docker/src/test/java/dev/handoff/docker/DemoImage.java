package dev.handoff.docker;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.UnaryOperator;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The image that {@code docker/Dockerfile} makes, and images that are made from it. Each
 * is built once, and removed when the tests end.
 */
final class DemoImage {

	/** The base images, the first of which is used unless a test says otherwise. */
	static final List<String> BASES = List
		.of(System.getProperty("containers.base-images", "eclipse-temurin:25-jre").split(",", -1));

	static final String BASE = BASES.get(0);

	/** The root of the project. */
	static final Path ROOT = Path.of(System.getProperty("project.root", "..")).toAbsolutePath().normalize();

	// Of this run: another one may use the same engine.
	private static final String PREFIX = "handoff-test-" + UUID.randomUUID();

	private static final Set<String> BUILT = new HashSet<>();

	private DemoImage() {
	}

	static String name() {
		return on(BASE);
	}

	static String on(String base) {
		return build(PREFIX + "-on-" + base.replaceAll("[^a-z0-9]", "-"), (image) -> {
			for (String file : List.of("docker/train", "demo-app/target/demo-app.jar")) {
				image.withFileFromPath(file, ROOT.resolve(file));
			}
			return image.withFileFromPath("Dockerfile", ROOT.resolve("docker/Dockerfile"))
				.withBuildArg("BASE_IMAGE", base);
		});
	}

	/**
	 * Makes another image of it.
	 * @param tag its tag
	 * @param instructions what its Dockerfile says after {@code FROM}
	 * @return its name
	 */
	static String derived(String tag, String instructions) {
		String from = name();
		return build(PREFIX + ":" + tag,
				(image) -> image.withFileFromString("Dockerfile", "FROM %s%n%s%n".formatted(from, instructions)));
	}

	/**
	 * Makes another image of it, with the tests' classes in a directory.
	 */
	static String withTestClasses(String directory) {
		String from = name();
		return build(PREFIX + ":classes",
				(image) -> image.withFileFromPath("classes", ROOT.resolve("docker/target/test-classes"))
					.withFileFromString("Dockerfile", "FROM %s%nCOPY classes %s%n".formatted(from, directory)));
	}

	private static synchronized String build(String name, UnaryOperator<ImageFromDockerfile> recipe) {
		if (BUILT.add(name)) {
			recipe.apply(new ImageFromDockerfile(name, false)).get();
			Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(name)));
		}
		return name;
	}

	private static void remove(String name) {
		DockerClientFactory.lazyClient().removeImageCmd(name).withForce(true).exec();
	}

}
