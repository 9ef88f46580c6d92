package dev.handoff.docker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import dev.handoff.testsupport.Requirement;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * Skips the tests where no container engine answers, or fails them
 * ({@link Requirement#CONTAINERS}).
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsEngine.Condition.class)
@interface NeedsEngine {

	/**
	 * Asks for the engine once.
	 */
	final class Condition implements BeforeAllCallback {

		private static final boolean AVAILABLE = DockerClientFactory.instance().isDockerAvailable();

		@Override
		public void beforeAll(ExtensionContext context) {
			Requirement.CONTAINERS.check(AVAILABLE, "no container engine answers (DOCKER_HOST, /var/run/docker.sock)");
		}

	}

}
