package dev.handoff;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import dev.handoff.testsupport.ProjectFiles;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * The table in CONTRIBUTING.md that leads from each guarantee to its code and its tests.
 */
@Tag("jdk-independent")
class GuaranteesTests {

	private static final int GUARANTEES = 10;

	private static final String HEADING = "## Guarantees, code and tests";

	private static final Pattern ROW = Pattern.compile("^\\| (\\d+)\\. ([^|]+) \\|([^|]*)\\|([^|]*)\\|$",
			Pattern.MULTILINE);

	private static final Pattern NAME = Pattern.compile("`([^`]+)`");

	private static final Pattern IN_README = Pattern.compile("^(\\d+)\\. \\*\\*([^*]+?)\\.?\\*\\*", Pattern.MULTILINE);

	@Test
	void everyGuaranteeOfTheReadmeHasARow() {
		List<String> promised = IN_README
			.matcher(section(ProjectFiles.read(ProjectFiles.root().resolve("README.md")), "## Guarantees"))
			.results()
			.map((guarantee) -> guarantee.group(1) + ". " + guarantee.group(2))
			.toList();
		assertThat(promised).hasSize(GUARANTEES);
		assertThat(rows().stream().map((row) -> row.group(1) + ". " + row.group(2))).isEqualTo(promised);
		assertThat(rows().stream().map((row) -> Integer.valueOf(row.group(1))))
			.isEqualTo(IntStream.rangeClosed(1, GUARANTEES).boxed().toList());
	}

	@Test
	void everyClassExists() {
		assertThat(rows()).isNotEmpty().allSatisfy((row) -> {
			List<String> classes = names(row.group(3));
			assertThat(classes).as("code of %s", row.group(2)).isNotEmpty();
			assertThat(classes)
				.allSatisfy((name) -> assertThat(ProjectFiles.sources("main", name)).as("source of class %s", name)
					.isNotEmpty());
		});
	}

	@Test
	void everyTestExists() {
		assertThat(rows()).isNotEmpty().allSatisfy((row) -> {
			List<String> tests = names(row.group(4));
			assertThat(tests).as("tests of %s", row.group(2)).isNotEmpty();
			assertThat(tests).allSatisfy((test) -> assertThat(isTest(test)).as("%s is a test", test).isTrue());
		});
	}

	private static boolean isTest(String name) {
		String[] parts = name.split("\\.", -1);
		if (parts.length != 2) {
			return false;
		}
		return ProjectFiles.sources("test", parts[0]).stream().map(ProjectFiles::read).anyMatch((source) -> {
			int method = source.indexOf("\tvoid " + parts[1] + "(");
			if (method < 0) {
				return false;
			}
			// What stands between it and the member before it are its annotations.
			String annotations = source.substring(Math.max(source.lastIndexOf("\n\n", method), 0), method);
			return Stream.of("@Test", "@ParameterizedTest").anyMatch(annotations::contains);
		});
	}

	private static List<MatchResult> rows() {
		return ROW.matcher(section(ProjectFiles.read(ProjectFiles.root().resolve("CONTRIBUTING.md")), HEADING))
			.results()
			.toList();
	}

	private static List<String> names(String cell) {
		List<String> names = new ArrayList<>();
		NAME.matcher(cell).results().forEach((name) -> names.add(name.group(1)));
		return names;
	}

	private static String section(String document, String heading) {
		int begin = document.indexOf(heading + "\n");
		assertThat(begin).as("the heading '%s'", heading).isNotNegative();
		int end = document.indexOf("\n## ", begin + 1);
		return document.substring(begin, (end < 0) ? document.length() : end);
	}

}
