package dev.handoff.docker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

/**
 * Skips the tests where no container engine answers, unless
 * {@code -Dcontainers.required=true}, which makes that a failure.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsEngine.Check.class)
@interface NeedsEngine {

	/**
	 * Asks for the engine once.
	 */
	final class Check implements BeforeAllCallback {

		private static final boolean AVAILABLE = DockerClientFactory.instance().isDockerAvailable();

		@Override
		public void beforeAll(ExtensionContext context) {
			if (!AVAILABLE && Boolean.getBoolean("containers.required")) {
				throw new IllegalStateException(
						"No container engine answers, and -Dcontainers.required=true says that one has to");
			}
			assumeTrue(AVAILABLE,
					"No container engine answers (DOCKER_HOST, /var/run/docker.sock): nothing is tested here");
		}

	}

}
