package dev.handoff.internal.text;

import java.time.Duration;
import java.util.Locale;

/**
 * Durations as people write them: {@code 0 ms}, {@code 250 ms}, {@code 10 s},
 * {@code 1.5 s}, {@code 2 min 5 s}, {@code 1 h 30 min}.
 */
public final class DurationText {

	private DurationText() {
	}

	/**
	 * Returns a duration in words, precise to a millisecond, from ten seconds on to a
	 * tenth of a second and from a minute on to a second.
	 * @param duration the duration
	 * @return its text
	 */
	public static String of(Duration duration) {
		if (duration.isNegative()) {
			return "-" + of(duration.negated());
		}
		if (duration.compareTo(Duration.ofSeconds(1)) < 0) {
			return duration.toMillis() + " ms";
		}
		if (duration.compareTo(Duration.ofMinutes(1)) < 0) {
			int digits = (duration.compareTo(Duration.ofSeconds(10)) < 0) ? 3 : 1;
			String seconds = String.format(Locale.ROOT, "%." + digits + "f", duration.toMillis() / 1e3);
			return seconds.replaceAll("\\.?0+$", "") + " s";
		}
		if (duration.compareTo(Duration.ofHours(1)) < 0) {
			return two(duration.toMinutes(), "min", duration.toSecondsPart(), "s");
		}
		return two(duration.toHours(), "h", duration.toMinutesPart(), "min");
	}

	private static String two(long large, String largeUnit, int small, String smallUnit) {
		String text = large + " " + largeUnit;
		return (small == 0) ? text : text + " " + small + " " + smallUnit;
	}

}
