package dev.handoff.internal.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Writes what {@link Json} writes as lines for people.
 */
public final class Outline {

	private Outline() {
	}

	/**
	 * Returns one line for each name; what is not known or empty is left out.
	 */
	public static String text(Map<String, @Nullable Object> tree) {
		List<String> lines = new ArrayList<>();
		tree.forEach((name, value) -> {
			if (value instanceof List<?> list) {
				list.forEach((item) -> lines.add(name + ": " + inline(item)));
			}
			else if (value != null && !inline(value).isEmpty()) {
				lines.add(name + ": " + inline(value));
			}
		});
		return String.join(System.lineSeparator(), lines);
	}

	private static String inline(@Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			List<String> parts = new ArrayList<>();
			map.forEach((name, item) -> {
				if (item != null && !inline(item).isEmpty()) {
					parts.add(name + " " + inline(item));
				}
			});
			return String.join(", ", parts);
		}
		return PlainText.of(String.valueOf(value));
	}

}
