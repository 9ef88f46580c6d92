package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dependency rules of this module.
 */
class ArchitectureTests {

	private static final String PROTOCOL = "dev.handoff.internal.protocol..";

	private static final String SESSION = "dev.handoff.internal.session..";

	private static final String SOCKET = "dev.handoff.internal.socket..";

	private static final String CLI = "dev.handoff.internal.cli..";

	private static final String UNIX = "dev.handoff.internal.unix..";

	private static final String PIDFD = "dev.handoff.internal.pidfd..";

	private static final String TIME_SOURCE = "dev\\.handoff\\.internal\\.session\\.TimeSource(\\$.*)?";

	private static final Map<String, Set<String>> TIME = Map.of("java.lang.System",
			Set.of("nanoTime", "currentTimeMillis"), "java.lang.Thread", Set.of("sleep"),
			"java.util.concurrent.TimeUnit", Set.of("sleep"), "java.time.Instant", Set.of("now"), "java.time.Clock",
			Set.of("systemUTC", "systemDefaultZone", "system", "tick", "tickMillis", "tickSeconds", "tickMinutes"));

	// Literals are matched too, so that a "//" in one does not begin a comment.
	private static final Pattern COMMENT_OR_LITERAL = Pattern
		.compile("(?s)\"{3}.*?\"{3}|\"(?:\\\\.|[^\"\\\\])*+\"|'(?:\\\\.|[^'\\\\])*+'|/\\*.*?\\*/|//[^\\n]*");

	private static final JavaClasses CLASSES = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages("dev.handoff");

	@Test
	void protocolKnowsNoOtherPart() {
		check(noClasses().that()
			.resideInAPackage(PROTOCOL)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(SESSION, SOCKET, UNIX, PIDFD));
	}

	@Test
	void socketKnowsNoOtherPart() {
		check(noClasses().that()
			.resideInAPackage(SOCKET)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(PROTOCOL, SESSION, UNIX, PIDFD));
	}

	@Test
	void sessionReachesUnixAndPidfdOnlyThroughItsOwnInterfaces() {
		check(noClasses().that()
			.resideInAPackage(SESSION)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(UNIX, PIDFD));
	}

	@Test
	void onlyOneClassKnowsJna() {
		check(noClasses().that()
			.haveNameNotMatching("dev\\.handoff\\.internal\\.pidfd\\.NativeCalls(\\$.*)?")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("com.sun.jna.."));
	}

	@Test
	void onlyUnixKnowsJunixsocket() {
		check(noClasses().that()
			.resideOutsideOfPackage(UNIX)
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.newsclub.."));
	}

	@Test
	void onlySocketNamesTheInternalsOfTheJdk() throws IOException {
		Path sources = Path.of("src/main/java");
		Path socket = sources.resolve("dev/handoff/internal/socket");
		List<Path> files;
		try (Stream<Path> walk = Files.walk(sources)) {
			files = walk.filter((path) -> path.toString().endsWith(".java") && !path.startsWith(socket)).toList();
		}
		assertThat(files).isNotEmpty();
		for (Path file : files) {
			assertThat(withoutComments(Files.readString(file))).as("%s", file).doesNotContain("sun.nio.ch");
		}
	}

	@Test
	void theCommandLineNeedsTheJdkOnly() {
		check(noClasses().that()
			.resideInAPackage(CLI)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(SOCKET, UNIX, PIDFD, "org.slf4j..", "org.newsclub.."));
	}

	@Test
	void nobodyKnowsTheCommandLine() {
		check(noClasses().that().resideOutsideOfPackage(CLI).should().dependOnClassesThat().resideInAPackage(CLI));
	}

	@Test
	void nobodyKnowsAFramework() {
		check(noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.springframework..", "io.micrometer..", "jakarta.."));
	}

	@Test
	void slf4jIsTheOnlyLogging() {
		check(noClasses().should()
			.dependOnClassesThat()
			.resideInAnyPackage("java.util.logging..", "org.apache..", "ch.qos..", "org.slf4j.impl..",
					"org.slf4j.simple..", "org.jboss.."));
		check(noClasses().should().dependOnClassesThat().haveNameMatching("java\\.lang\\.System\\$Logger.*"));
	}

	@Test
	void onlyTheTimeSourceKnowsTheTime() {
		check(noClasses().that()
			.haveNameNotMatching(TIME_SOURCE)
			.should()
			.accessTargetWhere(new DescribedPredicate<JavaAccess<?>>("it tells the time or sleeps") {

				@Override
				public boolean test(JavaAccess<?> access) {
					return TIME.getOrDefault(access.getTargetOwner().getName(), Set.of())
						.contains(access.getTarget().getName());
				}

			}));
	}

	private static void check(ArchRule rule) {
		rule.allowEmptyShould(true).check(CLASSES);
	}

	private static String withoutComments(String source) {
		return COMMENT_OR_LITERAL.matcher(source)
			.replaceAll((match) -> match.group().startsWith("/") ? "" : Matcher.quoteReplacement(match.group()));
	}

}
