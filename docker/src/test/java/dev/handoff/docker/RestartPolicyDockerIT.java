package dev.handoff.docker;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

import com.github.dockerjava.api.model.RestartPolicy;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * An engine that restarts whatever exits.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class RestartPolicyDockerIT {

	private final Site site = new Site();

	@AfterEach
	void close() {
		this.site.close();
	}

	@Test
	void whoStaysIsNotRestartedAndSaysThatItIsRetired() {
		Generation predecessor = restarted("HANDOFF_AFTER_DRAIN=stay").awaitState("SERVING");
		Generation successor = restarted("HANDOFF_AFTER_DRAIN=stay").awaitState("SERVING");
		predecessor.awaitLog("Retired; this process stays until it is told to terminate");
		assertThat(predecessor.status()).contains("state: TERMINATED", "outcome COMPLETED");
		assertThat(predecessor.runHealthCheck()).isZero();
		assertThat(predecessor.inspect().getRestartCount()).isZero();
		assertThat(successor.status()).contains("state: SERVING", "generation: 1");
		predecessor.stop(Duration.ofSeconds(20));
		assertThat(predecessor.awaitExit()).isEqualTo(143);
		assertThat(successor.status()).contains("state: SERVING", "generation: 1");
	}

	@Test
	void whoExitsComesBackAsItsSuccessorsSuccessor() {
		Generation first = restarted("HANDOFF_AFTER_DRAIN=exit").awaitState("SERVING");
		restarted("HANDOFF_AFTER_DRAIN=exit").awaitState("SERVING");
		first.awaitLog("generation 2");
		assertThat(first.inspect().getRestartCount()).isPositive();
	}

	private Generation restarted(String afterDrain) {
		return this.site.start(DemoImage.name(),
				(command) -> Site.hostConfig(command).withRestartPolicy(RestartPolicy.alwaysRestart()), afterDrain);
	}

}
