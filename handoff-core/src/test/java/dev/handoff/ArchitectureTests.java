package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import dev.handoff.internal.socket.Descriptors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * The dependency rules of this module.
 */
@Tag("jdk-independent")
class ArchitectureTests {

	private static final String INTERNAL = "dev.handoff.internal.";

	private static final String CLI = INTERNAL + "cli..";

	private static final String UNIX = INTERNAL + "unix..";

	// Which other internal packages each one may know.
	private static final Map<String, Set<String>> MAY_KNOW = Map.ofEntries(Map.entry("rules", Set.of()),
			Map.entry("text", Set.of()), Map.entry("protocol", Set.of("text")), Map.entry("libc", Set.of()),
			Map.entry("socket", Set.of("text", "libc")), Map.entry("control", Set.of("protocol")),
			Map.entry("holdings", Set.of("text", "protocol", "socket", "libc")), Map.entry("work", Set.of("control")),
			Map.entry("program", Set.of("text", "control")), Map.entry("report", Set.of("rules", "control")),
			Map.entry("operator", Set.of("rules", "text", "protocol", "socket", "control", "report")),
			Map.entry("session",
					Set.of("rules", "text", "protocol", "socket", "control", "holdings", "work", "report", "operator")),
			Map.entry("unix", Set.of("control", "socket")),
			Map.entry("pidfd", Set.of("text", "socket", "holdings", "libc")),
			Map.entry("cli", Set.of("text", "protocol", "control")));

	private static final String TIME_SOURCE = "dev\\.handoff\\.internal\\.control\\.TimeSource(\\$.*)?";

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
	void eachPackageKnowsThoseBelowItOnly() {
		assertThat(internalPackages()).isEqualTo(MAY_KNOW.keySet());
		MAY_KNOW.forEach((name, known) -> {
			String[] others = MAY_KNOW.keySet()
				.stream()
				.filter((other) -> !other.equals(name) && !known.contains(other))
				.map((other) -> INTERNAL + other + "..")
				.toArray(String[]::new);
			check(noClasses().that()
				.resideInAPackage(INTERNAL + name + "..")
				.should()
				.dependOnClassesThat()
				.resideInAnyPackage(others));
		});
	}

	@Test
	void noPackageIsPermittedACircle() {
		Set<String> below = new HashSet<>();
		while (below
			.addAll(MAY_KNOW.keySet().stream().filter((name) -> below.containsAll(MAY_KNOW.get(name))).toList())) {
			// Those that know only what is below, one storey after the other.
		}
		assertThat(below).isEqualTo(MAY_KNOW.keySet());
	}

	@Test
	void noPackageIsPermittedWhatItDoesNotUse() {
		MAY_KNOW.forEach((name, known) -> known.forEach((other) -> check(
				classes().that().resideInAPackage(INTERNAL + name).should(new ArchCondition<>("together use " + other) {

					private boolean used;

					@Override
					public void check(JavaClass type, ConditionEvents events) {
						this.used |= type.getDirectDependenciesFromSelf()
							.stream()
							.anyMatch((dependency) -> dependency.getTargetClass()
								.getPackageName()
								.equals(INTERNAL + other));
					}

					@Override
					public void finish(ConditionEvents events) {
						events.add(new SimpleConditionEvent(name, this.used, name + " does not use " + other));
					}

				}))));
	}

	private static Set<String> internalPackages() {
		return CLASSES.stream()
			.map(JavaClass::getPackageName)
			.filter((name) -> name.startsWith(INTERNAL))
			.map((name) -> name.substring(INTERNAL.length()))
			.collect(Collectors.toSet());
	}

	@Test
	void rulesArePure() {
		check(noClasses().that()
			.resideInAPackage(INTERNAL + "rules..")
			.should()
			.dependOnClassesThat()
			.resideOutsideOfPackages("java.lang..", "java.util", "org.jspecify..", "dev.handoff.internal.rules",
					"dev.handoff"));
	}

	@Test
	void onlyLibcKnowsJna() {
		check(noClasses().that()
			.resideOutsideOfPackage(INTERNAL + "libc..")
			.should()
			.dependOnClassesThat()
			.resideInAPackage("com.sun.jna.."));
	}

	@Test
	void onlyUnixKnowsJunixsocketAndWhatKnowsTheNumbersOfDescriptors() {
		check(noClasses().that()
			.resideOutsideOfPackage(UNIX)
			.and()
			.doNotHaveFullyQualifiedName(Descriptors.class.getName())
			.should()
			.dependOnClassesThat()
			.resideInAPackage("org.newsclub.."));
	}

	@Test
	void nobodyNamesTheInternalsOfTheJdk() throws IOException {
		List<Path> files;
		try (Stream<Path> walk = Files.walk(Path.of("src/main/java"))) {
			files = walk.filter((path) -> path.toString().endsWith(".java")).toList();
		}
		assertThat(files).isNotEmpty();
		for (Path file : files) {
			assertThat(withoutComments(Files.readString(file))).as("%s", file)
				.doesNotContain("sun.nio", "jdk.internal", "setAccessible");
		}
	}

	@Test
	void theCommandLineNeedsTheJdkOnly() {
		check(noClasses().that()
			.resideInAPackage(CLI)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage("org.slf4j..", "org.newsclub..", "com.sun.jna.."));
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
		rule.check(CLASSES);
	}

	private static String withoutComments(String source) {
		return COMMENT_OR_LITERAL.matcher(source)
			.replaceAll((match) -> match.group().startsWith("/") ? "" : Matcher.quoteReplacement(match.group()));
	}

}
