package dev.handoff.boot.actuate;

import java.nio.file.Path;

import dev.handoff.Handoff;
import dev.handoff.HandoffOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import org.springframework.boot.actuate.info.Info;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What health and info say of a process.
 */
class HandoffHealthIndicatorTests {

	@TempDir
	Path directory;

	@Test
	void namesTheProcessAndGoesOutOfServiceWithIt() {
		Handoff handoff = Handoff.start(
				HandoffOptions.forApplication("health").controlSocket(this.directory.resolve("control.sock")).build());
		try (handoff) {
			Health health = new HandoffHealthIndicator(handoff, true).health();
			assertThat(health.getStatus()).isEqualTo(Status.UP);
			assertThat(health.getDetails()).containsEntry("generation", 0)
				.containsEntry("instanceId", handoff.instanceId())
				.containsEntry("pid", ProcessHandle.current().pid());
			Info.Builder info = new Info.Builder();
			new HandoffInfoContributor(handoff).contribute(info);
			assertThat(info.build().getDetails().get("handoff"))
				.asInstanceOf(org.assertj.core.api.InstanceOfAssertFactories.MAP)
				.containsEntry("generation", 0);
		}
		assertThat(new HandoffHealthIndicator(handoff, true).health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
		// Nobody serves in its place.
		assertThat(new HandoffHealthIndicator(handoff, false).health().getStatus()).isEqualTo(Status.OUT_OF_SERVICE);
	}

}
