package dev.handoff.boot.autoconfigure;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.ConfigurationCondition;
import org.springframework.core.env.Environment;
import org.springframework.core.type.AnnotatedTypeMetadata;

/**
 * Matches where a handoff is wanted and can be done. Where it is not, says why, once in a
 * process.
 */
class OnHandoffCondition extends SpringBootCondition implements ConfigurationCondition {

	private static final Logger logger = LoggerFactory.getLogger(OnHandoffCondition.class);

	// As Spring Boot's Docker Compose support does.
	private static final Set<String> TEST_PACKAGES = Set.of("org.junit.runners.", "org.junit.platform.", "org.testng.",
			"org.springframework.boot.test.", "cucumber.runtime.");

	private static final Set<String> said = ConcurrentHashMap.newKeySet();

	@Override
	public ConfigurationPhase getConfigurationPhase() {
		return ConfigurationPhase.REGISTER_BEAN;
	}

	@Override
	public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
		String obstacle = findObstacle(context.getEnvironment(), context.getClassLoader(), context.getBeanFactory());
		return (obstacle == null) ? ConditionOutcome.match("handoff is possible") : ConditionOutcome.noMatch(obstacle);
	}

	/**
	 * Finds what is in the way of a handoff, and says so.
	 * @return what it is, {@code null} if there is nothing
	 */
	static @Nullable String findObstacle(Environment environment, @Nullable ClassLoader classLoader,
			@Nullable ListableBeanFactory beans) {
		String obstacle = obstacle(environment, classLoader, beans);
		if (obstacle != null && said.add(obstacle)) {
			logger.info("Handoff is off: {}", obstacle);
		}
		return obstacle;
	}

	private static @Nullable String obstacle(Environment environment, @Nullable ClassLoader classLoader,
			@Nullable ListableBeanFactory beans) {
		if (!environment.getProperty("handoff.enabled", Boolean.class, true)) {
			return "handoff.enabled=false";
		}
		String operatingSystem = System.getProperty("os.name");
		if (!operatingSystem.startsWith("Linux") && !operatingSystem.startsWith("Mac")) {
			return "%s is not supported".formatted(operatingSystem);
		}
		String springBoot = SpringBootVersion.getVersion();
		if (!isSupported(springBoot)) {
			return "Spring Boot %s is not supported, this version of handoff is for Spring Boot 4"
				.formatted(springBoot);
		}
		MainPort port = (beans != null) ? MainPort.of(beans, environment) : null;
		if (port == null) {
			return "the application has no server of a supported kind (Tomcat, Jetty, Reactor Netty, gRPC on Netty, RSocket)";
		}
		if (port.number() == 0 && !environment.containsProperty("handoff.control-socket")) {
			return "%s is 0, so it is not known which instance of the application a new one replaces (handoff.control-socket tells it)"
				.formatted(port.property());
		}
		if (classLoader != null && classLoader.getClass().getSimpleName().equals("RestartClassLoader")) {
			return "DevTools restarts the application in the same process";
		}
		if (!environment.getProperty("handoff.in-tests", Boolean.class, false) && isTest()) {
			return "this is a test (handoff.in-tests=true turns it on)";
		}
		return null;
	}

	// The web servers' classes have other packages in Spring Boot 3.
	static boolean isSupported(String springBoot) {
		return !springBoot.matches("[1-3]\\..*");
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
