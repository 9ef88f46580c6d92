package dev.handoff.internal.text;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

/**
 * Writes maps, lists, texts, numbers, booleans and {@code null} as JSON (RFC 8259).
 */
public final class Json {

	private Json() {
	}

	public static String text(@Nullable Object value) {
		StringBuilder text = new StringBuilder();
		write(text, value);
		return text.toString();
	}

	private static void write(StringBuilder text, @Nullable Object value) {
		if (value instanceof Map<?, ?> map) {
			text.append('{');
			for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator(); entries.hasNext();) {
				Map.Entry<?, ?> entry = entries.next();
				quote(text, String.valueOf(entry.getKey()));
				text.append(':');
				write(text, entry.getValue());
				text.append(entries.hasNext() ? "," : "");
			}
			text.append('}');
		}
		else if (value instanceof List<?> list) {
			text.append('[');
			for (Iterator<?> items = list.iterator(); items.hasNext();) {
				write(text, items.next());
				text.append(items.hasNext() ? "," : "");
			}
			text.append(']');
		}
		else if (value == null || value instanceof Number || value instanceof Boolean) {
			text.append(value);
		}
		else {
			quote(text, value.toString());
		}
	}

	private static void quote(StringBuilder text, String value) {
		text.append('"');
		for (int i = 0; i < value.length(); i++) {
			char character = value.charAt(i);
			if (character == '"' || character == '\\') {
				text.append('\\').append(character);
			}
			else if (Character.isSurrogate(character) || !PlainText.isPlain(String.valueOf(character))) {
				text.append("\\u%04x".formatted((int) character));
			}
			else {
				text.append(character);
			}
		}
		text.append('"');
	}

}
