package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Who may know whom.
 */
class ArchitectureTests {

	private static final String PROTOCOL = "dev.handoff.internal.protocol..";

	private static final String SESSION = "dev.handoff.internal.session..";

	private static final String SOCKET = "dev.handoff.internal.socket..";

	private static final String UNIX = "dev.handoff.internal.unix..";

	private static final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("dev.handoff");

	@Test
	void theProtocolKnowsNoneOfTheOthers() {
		noClasses().that()
			.resideInAPackage(PROTOCOL)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(SESSION, SOCKET, UNIX)
			.check(classes);
	}

	@Test
	void socketsKnowNoneOfTheOthers() {
		noClasses().that()
			.resideInAPackage(SOCKET)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(SESSION, PROTOCOL, UNIX)
			.check(classes);
	}

	@Test
	void theSessionReachesTheControlSocketOnlyThroughItsOwnInterfaces() {
		noClasses().that()
			.resideInAPackage(SESSION)
			.should()
			.dependOnClassesThat()
			.resideInAPackage(UNIX)
			.check(classes);
	}

	@Test
	void onlyOnePackageKnowsJunixsocket() {
		noClasses().that()
			.resideOutsideOfPackage(UNIX)
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.newsclub..")
			.check(classes);
	}

	@Test
	void noFrameworkIsNeeded() {
		noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "io.micrometer..", "jakarta..", "ch.qos.logback..",
					"org.apache.logging..", "java.util.logging..")
			.check(classes);
	}

	@Test
	void onlyTheTimeSourceAsksForTheTime() {
		noClasses().that()
			.doNotHaveFullyQualifiedName("dev.handoff.internal.session.TimeSource")
			.should()
			.callMethod(System.class, "nanoTime")
			.orShould()
			.callMethod(System.class, "currentTimeMillis")
			.orShould()
			.callMethod(Thread.class, "sleep", long.class)
			.check(classes);
	}

	@Test
	void onlyOnePackageKnowsTheInsidesOfTheJdk() throws IOException {
		Path sources = Path.of("src/main/java");
		try (Stream<Path> files = Files.walk(sources)) {
			List<String> names = files.filter((file) -> file.toString().endsWith(".java"))
				.filter(ArchitectureTests::namesTheJdksInsides)
				.map((file) -> sources.relativize(file.resolveSibling("")).toString())
				.distinct()
				.toList();
			assertThat(names).containsExactly("dev/handoff/internal/socket");
		}
	}

	// In documentation it may stand anywhere.
	private static boolean namesTheJdksInsides(Path file) {
		try {
			return Files.readAllLines(file)
				.stream()
				.anyMatch((line) -> line.contains("sun.nio.ch") && !line.strip().startsWith("*"));
		}
		catch (IOException ex) {
			throw new AssertionError(ex);
		}
	}

}
