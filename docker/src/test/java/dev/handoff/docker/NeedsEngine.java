package dev.handoff.docker;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.DockerClientFactory;

/**
 * Skips the tests where no container engine answers, unless
 * {@code -Dcontainers.required=true}, which makes that a failure.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(NeedsEngine.Condition.class)
@interface NeedsEngine {

	/**
	 * Asks for the engine once.
	 */
	final class Condition implements ExecutionCondition {

		private static final String MISSING = "no container engine answers (DOCKER_HOST, /var/run/docker.sock)";

		private static final boolean AVAILABLE = DockerClientFactory.instance().isDockerAvailable();

		@Override
		public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
			if (AVAILABLE) {
				return ConditionEvaluationResult.enabled("an engine answers");
			}
			if (Boolean.getBoolean("containers.required")) {
				throw new IllegalStateException(MISSING + ", and -Dcontainers.required=true says that one has to");
			}
			return ConditionEvaluationResult.disabled(MISSING);
		}

	}

}
