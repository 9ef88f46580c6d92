package dev.handoff.boot.autoconfigure;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import dev.handoff.Handoff;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches where a handoff is wanted and can be done. Where it is not, says why, once.
 */
class OnHandoffCondition extends SpringBootCondition {

	private static final Logger logger = LoggerFactory.getLogger(OnHandoffCondition.class);

	private static final Set<String> TEST_PACKAGES = Set.of("org.junit.runners.", "org.junit.platform.",
			"org.springframework.boot.test.", "cucumber.runtime.");

	private static final Set<String> said = ConcurrentHashMap.newKeySet();

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		String obstacle = obstacle(context.getEnvironment(), context.getClassLoader());
		if (obstacle == null) {
			return ConditionOutcome.match("handoff is possible");
		}
		if (said.add(obstacle)) {
			logger.info("Handoff is off: {}", obstacle);
		}
		return ConditionOutcome.noMatch(obstacle);
	}

	private static @Nullable String obstacle(Environment environment, @Nullable ClassLoader classLoader) {
		if (!environment.getProperty("handoff.enabled", Boolean.class, true)) {
			return "handoff.enabled=false";
		}
		String operatingSystem = System.getProperty("os.name");
		if (!operatingSystem.startsWith("Linux") && !operatingSystem.startsWith("Mac")) {
			return "%s is not supported".formatted(operatingSystem);
		}
		if (classLoader != null && classLoader.getClass().getSimpleName().equals("RestartClassLoader")) {
			return "DevTools restarts the application in the same process";
		}
		if (Handoff.current().isPresent()) {
			return "another application context of this process takes part already";
		}
		if (!environment.getProperty("handoff.in-tests", Boolean.class, false) && isTest()) {
			return "this is a test (handoff.in-tests=true turns it on)";
		}
		return null;
	}

	private static boolean isTest() {
		for (StackTraceElement element : Thread.currentThread().getStackTrace()) {
			if (TEST_PACKAGES.stream().anyMatch(element.getClassName()::startsWith)) {
				return true;
			}
		}
		return false;
	}

}
