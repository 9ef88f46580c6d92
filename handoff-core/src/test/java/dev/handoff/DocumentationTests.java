package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import dev.handoff.testsupport.ProjectFiles;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the documents say of other files, which nothing else would notice when one moves.
 */
@Tag("jdk-independent")
class DocumentationTests {

	private static final Pattern CODE = Pattern.compile("^```.*?^```$|`[^`\n]*`", Pattern.MULTILINE | Pattern.DOTALL);

	private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");

	private static final Pattern FENCE = Pattern.compile("^```.*?^```$", Pattern.MULTILINE | Pattern.DOTALL);

	private static final Pattern FACT = Pattern.compile("^- .*(?:\n  .*)*", Pattern.MULTILINE);

	private static final Pattern CLASS = Pattern.compile("`([A-Z]\\w+)`");

	private static final Pattern HEADING = Pattern.compile("^#+ (.+)$", Pattern.MULTILINE);

	private static final String TROUBLESHOOTING = "handoff-spring-boot-starter/docs/troubleshooting.md";

	private static final Pattern FIRST_CELL = Pattern.compile("\\| (.*?) \\|");

	/** Where a value stands in a message, and where messages are put together. */
	private static final String JOINTS = "\u2026|: |, | \\(|\\)| -> | (?=--)";

	private static final Set<String> MESSAGE_HEADINGS = Set.of("message", "the message goes on", "line", "answer");

	@Test
	void everyLinkLeadsSomewhere() {
		List<Path> documents = ProjectFiles.documents();
		assertThat(documents).isNotEmpty();
		assertThat(documents.stream().flatMap(DocumentationTests::deadLinks)).isEmpty();
	}

	@Test
	void theReadmeLeadsToEveryPage() {
		Path readme = ProjectFiles.root().resolve("README.md");
		List<Path> reached = links(readme).map((link) -> readme.resolveSibling(link.replaceFirst("#.*", ""))).toList();
		assertThat(reached)
			.containsAll(ProjectFiles.documents().stream().filter((document) -> !document.equals(readme)).toList());
	}

	@Test
	void everyPackageHasARow() throws IOException {
		String contributing = ProjectFiles.read(ProjectFiles.root().resolve("CONTRIBUTING.md"));
		Path internal = ProjectFiles.root().resolve("handoff-core/src/main/java/dev/handoff/internal");
		try (Stream<Path> packages = Files.list(internal)) {
			assertThat(packages).isNotEmpty()
				.allSatisfy((directory) -> assertThat(contributing)
					.contains("| `\u2026internal.%s` | ".formatted(directory.getFileName())));
		}
	}

	@Test
	void everyFactOfThePlatformNamesAClass() {
		String page = ProjectFiles.read(ProjectFiles.root().resolve("handoff-core/docs/platform.md"));
		List<String> facts = FACT.matcher(page).results().map((fact) -> fact.group()).toList();
		assertThat(facts).isNotEmpty().allSatisfy((fact) -> {
			assertThat(fact).contains("\u2192");
			List<String> names = CLASS.matcher(fact.substring(fact.indexOf('\u2192')))
				.results()
				.map((name) -> name.group(1))
				.toList();
			assertThat(names).isNotEmpty()
				.allSatisfy((name) -> assertThat(ProjectFiles.sources("main", name)).as(name).isNotEmpty());
		});
	}

	@Test
	void everyMessageOfTheTroubleshootingPageIsInTheSources() {
		String literals = literals();
		List<String> fragments = new ArrayList<>();
		boolean messages = false;
		String page = ProjectFiles.read(ProjectFiles.root().resolve(TROUBLESHOOTING));
		for (String line : page.split("\n", -1)) {
			Matcher first = FIRST_CELL.matcher(line);
			if (!line.startsWith("|")) {
				messages = false;
			}
			else if (first.lookingAt() && MESSAGE_HEADINGS.contains(first.group(1))) {
				messages = true;
			}
			else if (messages && first.lookingAt()) {
				CODE.matcher(first.group(1))
					.results()
					.flatMap((code) -> Stream.of(code.group().replace("`", "").split(JOINTS, -1)))
					.map((fragment) -> fragment.replaceAll("^[ '.:,]+|[ '.:,]+$", ""))
					.filter((fragment) -> fragment.length() > 5 && fragment.contains(" "))
					.forEach(fragments::add);
			}
		}
		assertThat(fragments).hasSizeGreaterThan(50)
			.allSatisfy((fragment) -> assertThat(literals.contains(fragment)).as(fragment).isTrue());
	}

	/**
	 * Returns the text of all sources, with the parts of each literal joined.
	 */
	private static String literals() {
		return ProjectFiles.sources("main")
			.stream()
			.map(ProjectFiles::read)
			.map((source) -> source.replaceAll("\"\\s*\\+\\s*\"", "").replace("\\\"", "\""))
			.collect(Collectors.joining("\n"));
	}

	private static Stream<String> deadLinks(Path document) {
		return links(document).filter((link) -> !link.matches("[a-z]+:.*"))
			.filter((link) -> !exists(document, link))
			.map((link) -> "%s: %s".formatted(ProjectFiles.root().relativize(document), link));
	}

	private static boolean exists(Path document, String link) {
		String[] parts = link.split("#", 2);
		Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
		if (!target.startsWith(ProjectFiles.root()) || !Files.exists(target)) {
			return false;
		}
		return parts.length == 1 || headings(target).anyMatch(parts[1]::equals);
	}

	private static Stream<String> links(Path document) {
		String prose = CODE.matcher(ProjectFiles.read(document)).replaceAll("");
		return LINK.matcher(prose).results().map((link) -> link.group(1));
	}

	/** Headings as GitHub makes anchors of them. */
	private static Stream<String> headings(Path document) {
		return HEADING.matcher(FENCE.matcher(ProjectFiles.read(document)).replaceAll(""))
			.results()
			.map((heading) -> heading.group(1)
				.toLowerCase(Locale.ROOT)
				.replaceAll("[^\\p{L}\\p{N} _-]", "")
				.replace(' ', '-'));
	}

}
