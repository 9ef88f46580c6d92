package dev.handoff.internal.text;

/**
 * Text that another process has chosen, made harmless for logs, terminals and JSON: what
 * would steer them or make text look like another one is shown as its code, as in a Java
 * literal.
 */
public final class PlainText {

	private PlainText() {
	}

	/**
	 * Returns one line without control, format (of bidirectional text, for example) and
	 * line-end characters.
	 */
	public static String of(String text) {
		return escape(text, false);
	}

	/**
	 * Returns the same of several lines, whose ends stay.
	 */
	public static String lines(String text) {
		return escape(text, true);
	}

	/**
	 * Returns whether nothing would have to be shown as its code.
	 */
	public static boolean isPlain(String text) {
		return text.codePoints().allMatch(PlainText::isPlain);
	}

	private static String escape(String text, boolean keepLines) {
		if (isPlain(text)) {
			return text;
		}
		StringBuilder plain = new StringBuilder(text.length());
		text.codePoints().forEach((character) -> {
			if (isPlain(character) || (keepLines && character == '\n')) {
				plain.appendCodePoint(character);
			}
			else {
				for (char unit : Character.toChars(character)) {
					plain.append("\\u%04x".formatted((int) unit));
				}
			}
		});
		return plain.toString();
	}

	private static boolean isPlain(int character) {
		return switch (Character.getType(character)) {
			case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
					Character.SURROGATE, Character.UNASSIGNED ->
				false;
			default -> true;
		};
	}

}
