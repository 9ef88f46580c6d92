package dev.handoff.docker;

import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A new image that is no good, under load: nobody notices, and the next one is served.
 */
@NeedsEngine
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FailingSuccessorDockerIT {

	private final Site site = new Site();

	private Generation predecessor;

	private Load load;

	@BeforeEach
	void serve() {
		this.predecessor = this.site.start(DemoImage.name(), "HANDOFF_READY_TIMEOUT=15s").awaitState("SERVING");
		this.load = new Load(this.site);
	}

	@AfterEach
	void close() {
		this.load.close();
		this.site.close();
	}

	@Test
	void whenItCrashesThenThePredecessorServesOn() {
		String image = DemoImage.derived("crash", "ENTRYPOINT [\"java\", \"-jar\", \"lost.jar\"]");
		assertThat(this.site.start(image).awaitExit()).isOne();
		nobodyNoticedAndTheNextOneIsServed();
	}

	@Test
	void whenItsConfigurationIsBadThenThePredecessorServesOn() {
		Generation successor = this.site.start(DemoImage.name(), "SERVER_SSL_CERTIFICATE=lost.pem");
		assertThat(successor.awaitExit()).as(successor.logs()).isOne();
		this.predecessor.awaitLog("OFFERING -> SERVING after ");
		assertThat(this.predecessor.logs()).as("it was told")
			.contains(": the successor gave up: ")
			.doesNotContain("was not ready within");
		nobodyNoticedAndTheNextOneIsServed();
	}

	@Test
	void whenItHangsThenThePredecessorServesOnAndGivesUpOnIt() {
		// Slow, so that it does not serve before it is paused.
		Generation successor = this.site.start(DemoImage.name(), "JDK_JAVA_OPTIONS=-Xint");
		this.predecessor.awaitState("OFFERING");
		successor.pause();
		this.predecessor.awaitLog("OFFERING -> SERVING after ");
		successor.unpause();
		assertThat(successor.awaitExit()).as(successor.logs()).isOne();
		nobodyNoticedAndTheNextOneIsServed();
	}

	private void nobodyNoticedAndTheNextOneIsServed() {
		this.load.awaitMore(500);
		this.site.start(DemoImage.name()).awaitState("SERVING");
		assertThat(this.predecessor.awaitExit()).as(this.predecessor.logs()).isZero();
		this.load.awaitAnswerOf(1);
		this.load.end();
		assertThat(this.load.failed()).as(this.load.report()).isZero();
	}

}
