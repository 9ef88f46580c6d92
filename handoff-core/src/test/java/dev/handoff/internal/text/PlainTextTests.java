package dev.handoff.internal.text;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link PlainText}, and for those who write with it.
 */
@Tag("jdk-independent")
class PlainTextTests {

	private static final String STEERING = "a\u001b[31mb\u0085c\u202ed\u2028e\u2066f\ud800g\r\nh";

	private static final String SHOWN = "a\\u001b[31mb\\u0085c\\u202ed\\u2028e\\u2066f\\ud800g\\u000d";

	@Test
	void whatSteersATerminalIsShownAsItsCode() {
		assertThat(PlainText.of(STEERING)).isEqualTo(SHOWN + "\\u000ah");
		assertThat(PlainText.lines(STEERING)).isEqualTo(SHOWN + "\nh");
	}

	@Test
	void whatIsReadableStays() {
		String readable = "\u00fcber 'x' \u65e5\u672c \ud83d\ude00 \\ \"";
		assertThat(PlainText.of(readable)).isEqualTo(readable);
		assertThat(PlainText.isPlain(readable)).isTrue();
		assertThat(PlainText.isPlain(STEERING)).isFalse();
	}

	@Test
	void jsonAndOutlinesHaveNoneOfIt() {
		Map<String, Object> tree = Map.of("reason", List.of(STEERING));
		assertThat(Json.text(tree)).isEqualTo("{\"reason\":[\"%s\\u000ah\"]}".formatted(SHOWN));
		assertThat(Outline.text(tree)).isEqualTo("reason: %s\\u000ah".formatted(SHOWN));
	}

}
