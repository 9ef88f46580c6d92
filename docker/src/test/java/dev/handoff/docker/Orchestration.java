package dev.handoff.docker;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the examples of all orchestrators have in common: the application's environment.
 */
final class Orchestration {

	// What is told besides properties: a value for /actuator/info.
	private static final Set<String> OTHERS = Set.of("INFO_INSTANCE");

	private static final Pattern DURATION = Pattern.compile("(\\d+)\\s*(ms|s|sec|m|min)?");

	private Orchestration() {
	}

	static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/**
	 * Checks an application's environment: each variable is a property that exists, and
	 * those that an orchestrator depends on are there.
	 */
	static void checkEnvironment(Map<String, String> environment, String afterDrain) {
		assertThat(environment.keySet()).allSatisfy((name) -> {
			if (!OTHERS.contains(name)) {
				assertThat(propertyVariables()).contains(name);
			}
		});
		assertThat(environment).containsKeys("HANDOFF_CONTROLSOCKET", "HANDOFF_DRAINTIMEOUT")
			.containsEntry("HANDOFF_AFTERDRAIN", afterDrain);
	}

	/**
	 * Returns the environment variables of all properties that the starter and Spring
	 * Boot document.
	 */
	static Set<String> propertyVariables() {
		Set<String> variables = new TreeSet<>();
		try {
			for (URL url : Collections.list(
					Orchestration.class.getClassLoader().getResources("META-INF/spring-configuration-metadata.json"))) {
				try (Reader reader = new InputStreamReader(url.openStream(), StandardCharsets.UTF_8)) {
					for (JsonElement property : JsonParser.parseReader(reader)
						.getAsJsonObject()
						.getAsJsonArray("properties")) {
						variables.add(variable(property.getAsJsonObject().get("name").getAsString()));
					}
				}
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return variables;
	}

	// As Spring Boot's documentation says: dots become underscores, dashes vanish.
	private static String variable(String property) {
		return property.replace("-", "").replace('.', '_').toUpperCase(Locale.ROOT);
	}

	static Duration duration(Map<String, String> values, String name) {
		assertThat(values).containsKey(name);
		Matcher matcher = DURATION.matcher(values.get(name));
		assertThat(matcher.matches()).as("%s=%s is a duration", name, values.get(name)).isTrue();
		long amount = Long.parseLong(matcher.group(1));
		return switch (String.valueOf(matcher.group(2))) {
			case "ms" -> Duration.ofMillis(amount);
			case "m", "min" -> Duration.ofMinutes(amount);
			default -> Duration.ofSeconds(amount);
		};
	}

	/**
	 * Returns how long a handoff may take from the launch of the successor to the
	 * confirmation.
	 */
	static Duration longestHandoff(Map<String, String> environment) {
		Duration stepTimeout = Duration.ofSeconds(5);
		return duration(environment, "HANDOFF_READYTIMEOUT").plus(duration(environment, "HANDOFF_OBSERVATIONWINDOW"))
			.plus(stepTimeout.multipliedBy(2));
	}

	/**
	 * Reads a file of systemd's form. The last of several assignments counts, except for
	 * {@code Environment} and {@code ExecReload}.
	 */
	static Unit unit(Path file) {
		Map<String, String> keys = new LinkedHashMap<>();
		Map<String, String> environment = new LinkedHashMap<>();
		for (String line : read(file).lines().toList()) {
			if (line.isBlank() || line.startsWith("#") || line.startsWith("[")) {
				continue;
			}
			String[] assignment = line.split("=", 2);
			assertThat(assignment).as("'%s' of %s", line, file).hasSize(2);
			if (assignment[0].equals("Environment")) {
				String[] variable = assignment[1].split("=", 2);
				environment.put(variable[0], variable[1]);
			}
			else {
				keys.merge(assignment[0], assignment[1],
						(before, now) -> assignment[0].equals("ExecReload") ? before + "\n" + now : now);
			}
		}
		return new Unit(keys, environment);
	}

	/**
	 * A unit.
	 *
	 * @param keys its keys, of all sections
	 * @param environment the application's environment
	 */
	record Unit(Map<String, String> keys, Map<String, String> environment) {
	}

}
