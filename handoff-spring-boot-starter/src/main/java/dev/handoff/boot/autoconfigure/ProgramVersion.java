package dev.handoff.boot.autoconfigure;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.system.ApplicationHome;

/**
 * What this process runs, in words, so that whoever reads of a handoff sees at once
 * whether it was another program: the version, the jar and when that was built.
 */
final class ProgramVersion {

	private static final int MAX_LENGTH = 255;

	private ProgramVersion() {
	}

	/**
	 * Returns for example {@code 1.0.1 (orders.jar of 2026-11-28T13:05:00Z)}.
	 * @param version the application's version, empty if unknown
	 * @param mainClass a class of the application
	 * @return the text, empty if nothing is known
	 */
	static String of(String version, @Nullable Class<?> mainClass) {
		return of(version, (mainClass != null) ? new ApplicationHome(mainClass).getSource() : null);
	}

	static String of(String version, @Nullable File source) {
		List<String> parts = new ArrayList<>();
		if (!version.isBlank()) {
			parts.add(version);
		}
		if (source != null && source.isFile()) {
			String text = "%s of %s".formatted(source.getName(), modified(source));
			parts.add(parts.isEmpty() ? text : "(" + text + ")");
		}
		String text = String.join(" ", parts);
		return text.substring(0, Math.min(text.length(), MAX_LENGTH));
	}

	private static Instant modified(File source) {
		try {
			return Files.getLastModifiedTime(source.toPath()).toInstant().truncatedTo(ChronoUnit.SECONDS);
		}
		catch (IOException ex) {
			return Instant.EPOCH;
		}
	}

}
