package dev.handoff.demo;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

import dev.handoff.Processes;
import dev.handoff.ServerProcess;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new application that has done what the README says, the dependency and a name, and
 * nothing else. It is built by Maven, and started in each way.
 */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
@ExtendWith(Processes.class)
class NewApplicationIT {

	private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

	private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

	private static final String VERSION = property("project.version");

	// Made by the first test.
	@TempDir
	private static Path shared;

	private static final Map<String, Path> built = new HashMap<>();

	@ParameterizedTest
	@EnumSource
	void itIsHandedOver(Way way) throws Exception {
		Path project = built(way);
		int port = freePort();
		ServerProcess first = start(way, project, port);
		first.await("Listener 'server' bound at .*:" + port);
		first.await("-> SERVING");
		ServerProcess second = start(way, project, port);
		second.await("Listener 'server' inherited at .*:" + port);
		second.await("-> SERVING");
		assertThat(first.awaitExit()).isZero();
		assertThat(second.isAlive()).isTrue();
	}

	private static ServerProcess start(Way way, Path project, int port) throws IOException {
		List<String> command = new ArrayList<>();
		String argument = "--server.port=" + port;
		Path target = project.resolve("target");
		switch (way) {
			case JAR, OLDEST_JAR ->
				command.addAll(List.of(JAVA.toString(), "-jar", target.resolve("new.jar").toString()));
			case WAR -> command.addAll(List.of(JAVA.toString(), "-jar", target.resolve("new.war").toString()));
			case EXTRACTED ->
				command.addAll(List.of(JAVA.toString(), "-jar", target.resolve("extracted/new.jar").toString()));
			case CLASS_PATH -> command.addAll(List.of(JAVA.toString(), "-cp",
					target.resolve("classes") + ":" + target.resolve("extracted/lib") + "/*",
					"example.NewApplication"));
			case PLUGIN -> {
				command.addAll(maven(project));
				command.addAll(List.of("spring-boot:run", "-Dspring-boot.run.arguments=" + argument));
			}
		}
		if (way != Way.PLUGIN) {
			command.add(argument);
		}
		Path runtime = project.resolve("runtime");
		if (!Files.exists(runtime)) {
			Files.createDirectory(runtime,
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		}
		return ServerProcess.run(way.toString(), with(Map.of("XDG_RUNTIME_DIR", runtime.toString(), "JAVA_HOME",
				System.getProperty("java.home"), "JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1"), command));
	}

	private static List<String> with(Map<String, String> environment, List<String> command) {
		List<String> all = new ArrayList<>(List.of("env"));
		environment.forEach((name, value) -> all.add(name + "=" + value));
		all.addAll(command);
		return all;
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0)) {
			return socket.getLocalPort();
		}
	}

	private static synchronized Path built(Way way) throws Exception {
		String packaging = (way == Way.WAR) ? "war" : "jar";
		String springBoot = property((way == Way.OLDEST_JAR) ? "spring-boot.oldest" : "spring-boot.version");
		Path project = shared.resolve(packaging + springBoot);
		if (built.putIfAbsent(packaging + springBoot, project) == null) {
			write(project, packaging, springBoot);
			List<String> build = new ArrayList<>(maven(project));
			build.add("package");
			run(with(Map.of("JAVA_HOME", System.getProperty("java.home")), build));
			if (packaging.equals("jar")) {
				Path target = project.resolve("target");
				run(List.of(JAVA.toString(), "-Djarmode=tools", "-jar", target.resolve("new.jar").toString(), "extract",
						"--destination", target.resolve("extracted").toString()));
			}
		}
		return project;
	}

	private static void run(List<String> command) {
		try (ServerProcess process = ServerProcess.run(command.get(command.size() - 1), command)) {
			String output = process.awaitOutput();
			assertThat(process.awaitExit()).as(output).isZero();
		}
	}

	private static List<String> maven(Path project) throws IOException {
		return List.of(Path.of(property("maven.home"), "bin", "mvn").toString(), "-B", "--no-transfer-progress", "-f",
				project.resolve("pom.xml").toString(), "-Dmaven.repo.local=" + repository());
	}

	private static void write(Path project, String packaging, String springBoot) throws IOException {
		Path sources = Files.createDirectories(project.resolve("src/main/java/example"));
		Path resources = Files.createDirectories(project.resolve("src/main/resources"));
		Files.writeString(resources.resolve("application.properties"), "spring.application.name=new\n");
		Files.writeString(sources.resolve("NewApplication.java"), """
				package example;

				import org.springframework.boot.SpringApplication;
				import org.springframework.boot.autoconfigure.SpringBootApplication;

				@SpringBootApplication
				public class NewApplication {

					public static void main(String[] args) {
						SpringApplication.run(NewApplication.class, args);
					}

				}
				""");
		Files.writeString(project.resolve("pom.xml"), """
				<project xmlns="http://maven.apache.org/POM/4.0.0">
					<modelVersion>4.0.0</modelVersion>
					<parent>
						<groupId>org.springframework.boot</groupId>
						<artifactId>spring-boot-starter-parent</artifactId>
						<version>%s</version>
						<relativePath/>
					</parent>
					<groupId>example</groupId>
					<artifactId>new</artifactId>
					<version>1</version>
					<packaging>%s</packaging>
					<dependencies>
						<dependency>
							<groupId>org.springframework.boot</groupId>
							<artifactId>spring-boot-starter-webmvc</artifactId>
						</dependency>
						<dependency>
							<groupId>dev.handoff</groupId>
							<artifactId>handoff-spring-boot-starter</artifactId>
							<version>%s</version>
						</dependency>
					</dependencies>
					<build>
						<finalName>new</finalName>
						<plugins>
							<plugin>
								<groupId>org.springframework.boot</groupId>
								<artifactId>spring-boot-maven-plugin</artifactId>
							</plugin>
						</plugins>
					</build>
				</project>
				""".formatted(springBoot, packaging, VERSION));
	}

	/**
	 * Makes a local repository with what the build's own has, and the build: nobody's own
	 * gets an artifact from a test.
	 */
	private static Path repository() throws IOException {
		Path repository = shared.resolve("repository");
		if (!Files.exists(repository)) {
			link(Path.of(property("maven.local-repository")), repository);
			install(repository, "handoff-parent", ROOT);
			install(repository, "handoff-core", ROOT.resolve("handoff-core"));
			install(repository, "handoff-spring-boot-starter", ROOT.resolve("handoff-spring-boot-starter"));
		}
		return repository;
	}

	private static void link(Path from, Path to) throws IOException {
		Path own = from.resolve("dev/handoff");
		Files.walkFileTree(from, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
					throws IOException {
				if (directory.equals(own)) {
					return FileVisitResult.SKIP_SUBTREE;
				}
				Files.createDirectories(to.resolve(from.relativize(directory)));
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Path copy = to.resolve(from.relativize(file));
				String name = file.getFileName().toString();
				if (name.endsWith(".jar") || name.endsWith(".pom")) {
					link(file, copy);
				}
				else {
					// Maven changes these in place.
					Files.copy(file, copy);
				}
				return FileVisitResult.CONTINUE;
			}

			private void link(Path file, Path copy) throws IOException {
				try {
					Files.createLink(copy, file);
				}
				catch (IOException | UnsupportedOperationException ex) {
					// Another file system.
					Files.copy(file, copy);
				}
			}

		});
	}

	private static void install(Path repository, String artifact, Path module) throws IOException {
		Path directory = Files.createDirectories(repository.resolve("dev/handoff").resolve(artifact).resolve(VERSION));
		String name = artifact + "-" + VERSION;
		Files.copy(module.resolve("pom.xml"), directory.resolve(name + ".pom"));
		Path jar = module.resolve("target").resolve(name + ".jar");
		if (Files.exists(jar)) {
			Files.copy(jar, directory.resolve(name + ".jar"));
		}
	}

	private static String property(String name) {
		String value = System.getProperty(name);
		assertThat(value).as(name).isNotNull();
		return value;
	}

	/**
	 * A way in which an application is started.
	 */
	enum Way {

		JAR, WAR, EXTRACTED, CLASS_PATH, PLUGIN,

		/** With the oldest version of Spring Boot that is supported. */
		OLDEST_JAR

	}

}
