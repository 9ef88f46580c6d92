package dev.handoff.docker;

import java.nio.file.Path;
import java.util.List;

import org.testcontainers.DockerClientFactory;
import org.testcontainers.images.builder.ImageFromDockerfile;

/**
 * The image that {@code docker/Dockerfile} makes, and images that are made from it.
 */
final class DemoImage {

	/** The base images, the first of which is used unless a test says otherwise. */
	static final List<String> BASES = List
		.of(System.getProperty("containers.base-images", "eclipse-temurin:25-jre").split(",", -1));

	static final String BASE = BASES.get(0);

	/** The root of the project. */
	static final Path ROOT = Path.of(System.getProperty("project.root", "..")).toAbsolutePath().normalize();

	private static final String NAME = "handoff-demo-test";

	private static boolean built;

	private DemoImage() {
	}

	/**
	 * Returns the demo's image, built at the first call and removed when the tests end.
	 */
	static synchronized String name() {
		if (!built) {
			ImageFromDockerfile image = new ImageFromDockerfile(NAME).withBuildArg("BASE_IMAGE", BASE)
				.withFileFromPath("Dockerfile", ROOT.resolve("docker/Dockerfile"));
			for (String file : List.of("docker/train", "demo-app/target/demo-app.jar")) {
				image.withFileFromPath(file, ROOT.resolve(file));
			}
			build(image);
			built = true;
		}
		return NAME;
	}

	/**
	 * Makes another image of it.
	 * @param tag its tag
	 * @param instructions what its Dockerfile says after {@code FROM}
	 * @return its name
	 */
	static String derived(String tag, String instructions) {
		String name = NAME + ":" + tag;
		build(new ImageFromDockerfile(name).withFileFromString("Dockerfile",
				"FROM %s%n%s%n".formatted(name(), instructions)));
		return name;
	}

	private static void build(ImageFromDockerfile image) {
		String name = image.get();
		// Without Ryuk nobody else does.
		Runtime.getRuntime()
			.addShutdownHook(
					new Thread(() -> DockerClientFactory.lazyClient().removeImageCmd(name).withForce(true).exec()));
	}

}
