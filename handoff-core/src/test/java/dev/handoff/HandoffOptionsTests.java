package dev.handoff;

import java.nio.file.Path;
import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Options and their defaults.
 */
class HandoffOptionsTests {

	@Test
	void theDefaultsAreSafe() {
		HandoffOptions options = HandoffOptions.forApplication("orders").build();
		assertThat(options.stepTimeout()).isEqualTo(Duration.ofSeconds(5));
		assertThat(options.connectTimeout()).isGreaterThan(options.stepTimeout());
		assertThat(options.observationWindow()).isEqualTo(Duration.ofSeconds(10));
		assertThat(options.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
		assertThat(options.allowedPeerUids()).isEmpty();
		assertThat(options.manualRelease()).isFalse();
		assertThat(options.controlSocket()).isAbsolute().endsWithRaw(Path.of("handoff-orders", "control.sock"));
	}

	@Test
	void theConnectTimeoutFollowsTheStepTimeoutAndMustBeLonger() {
		HandoffOptions.Builder builder = HandoffOptions.forApplication("orders").stepTimeout(Duration.ofSeconds(20));
		assertThat(builder.build().connectTimeout()).isEqualTo(Duration.ofSeconds(60));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.connectTimeout(Duration.ofSeconds(20)).build())
			.withMessageContaining("connect-timeout 20 s")
			.withMessageContaining("step-timeout 20 s");
	}

	@Test
	void durationsThatCannotBeAreRejectedWithTheirValue() {
		HandoffOptions.Builder builder = HandoffOptions.forApplication("orders");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.stepTimeout(Duration.ZERO))
			.withMessageContaining("step-timeout 0 ms");
		assertThatIllegalArgumentException().isThrownBy(() -> builder.readyTimeout(Duration.ofSeconds(-1)));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.drainTimeout(Duration.ZERO));
		assertThatIllegalArgumentException().isThrownBy(() -> builder.observationWindow(Duration.ofSeconds(-1)));
		assertThat(builder.observationWindow(Duration.ZERO).build().observationWindow()).isZero();
		assertThatIllegalArgumentException().isThrownBy(() -> HandoffOptions.forApplication(" "));
	}

	@Test
	void theRuntimeDirectoryIsPreferred(@TempDir Path run, @TempDir Path temporary) {
		assertThat(ControlSocketPath.defaultFor("orders", "/run/user/7", run, temporary, "ann"))
			.isEqualTo(Path.of("/run/user/7/handoff-orders/control.sock"));
		assertThat(ControlSocketPath.defaultFor("orders", "", run, temporary, "ann"))
			.isEqualTo(run.resolve("handoff-orders/control.sock"));
		assertThat(ControlSocketPath.defaultFor("orders", null, run.resolve("missing"), temporary, "ann"))
			.isEqualTo(temporary.resolve("handoff-orders-ann/control.sock"));
	}

	@Test
	void namesThatDifferOnlyInReplacedCharactersDoNotShareADirectory(@TempDir Path run) {
		Path slash = ControlSocketPath.defaultFor("a/b", null, run, run, "ann");
		Path space = ControlSocketPath.defaultFor("a b", null, run, run, "ann");
		assertThat(slash).isNotEqualTo(space).startsWithRaw(run);
		assertThat(slash.getParent()).hasParentRaw(run);
		assertThat(ControlSocketPath.defaultFor("x".repeat(200), null, run, run, "ann").toString().length()
				- run.toString().length())
			.isLessThan(80);
	}

}
