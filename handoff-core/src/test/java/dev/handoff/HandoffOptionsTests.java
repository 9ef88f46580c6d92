package dev.handoff;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

import dev.handoff.internal.unix.OwnUid;
import dev.handoff.testsupport.Requirement;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Options and their defaults.
 */
class HandoffOptionsTests {

	@TempDir
	private Path run;

	@TempDir
	private Path temporary;

	@TempDir
	private Path home;

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
	void theRuntimeDirectoryIsPreferred() throws IOException {
		Path runtime = Files.createDirectories(this.home.resolve("runtime"));
		assertThat(defaultFor("orders", runtime.toString())).isEqualTo(runtime.resolve("handoff-orders/control.sock"));
		// Gone after the logout.
		Files.delete(runtime);
		assertThat(defaultFor("orders", runtime.toString())).isEqualTo(this.run.resolve("handoff-orders/control.sock"));
		assertThat(defaultFor("orders", "")).isEqualTo(this.run.resolve("handoff-orders/control.sock"));
		this.run = this.run.resolve("missing");
		assertThat(defaultFor("orders", null)).isEqualTo(this.temporary.resolve("handoff-orders-ann/control.sock"));
	}

	@Test
	void theDirectoryThatIsInUseIsFoundHoweverAProcessIsStarted() throws IOException {
		Path session = this.run.resolve("user").resolve(Long.toString(OwnUid.read()));
		for (Path used : List.of(session.resolve("handoff-orders"), this.run.resolve("handoff-orders"),
				this.temporary.resolve("handoff-orders-ann"), this.home.resolve(".handoff-orders"))) {
			Path socket = Files.createFile(Files.createDirectories(used).resolve("control.sock"));
			for (String xdgRuntimeDir : new String[] { "", session.toString(), "/missing" }) {
				assertThat(defaultFor("orders", xdgRuntimeDir)).isEqualTo(socket);
			}
			Files.delete(socket);
		}
	}

	@Test
	void aDirectoryOfAnotherUserIsPassedOver() throws IOException {
		Path strange = others(this.run.resolve("user"));
		assertThat(defaultFor("orders", strange.toString())).isEqualTo(this.run.resolve("handoff-orders/control.sock"));
		others(this.run.resolve("handoff-orders"));
		Path squatted = others(this.temporary.resolve("handoff-orders-ann"));
		Path directory = this.home.resolve(".handoff-orders");
		Path chosen = directory.resolve("control.sock");
		assertThat(defaultFor("orders", null)).isEqualTo(chosen);
		Files.createDirectory(directory);
		Files.createFile(chosen);
		// A process may run there by now.
		Files.delete(squatted);
		assertThat(defaultFor("orders", null)).isEqualTo(chosen);
		others(squatted);
		Files.delete(chosen);
		others(directory);
		assertThat(defaultFor("orders", null)).isEqualTo(this.run.resolve("handoff-orders/control.sock"));
	}

	private static Path others(Path directory) throws IOException {
		Requirement.ROOT.check(OwnUid.read() == 0, "only root can give a file away");
		Files.createDirectories(directory);
		Files.setAttribute(directory, "unix:uid", 65533);
		return directory;
	}

	private Path defaultFor(String application, @Nullable String xdgRuntimeDir) {
		return defaultFor(application, 0, xdgRuntimeDir);
	}

	private Path defaultFor(String application, int port, @Nullable String xdgRuntimeDir) {
		return ControlSocketPath.defaultFor(application, port, xdgRuntimeDir, this.run, this.temporary, "ann",
				this.home);
	}

	@Test
	void eachPortHasADirectory() {
		assertThat(defaultFor("orders", 8081, null)).isEqualTo(this.run.resolve("handoff-orders-8081/control.sock"));
		assertThatIllegalArgumentException().isThrownBy(() -> HandoffOptions.forApplication("orders").port(0))
			.withMessageContaining("port 0");
		assertThatIllegalArgumentException().isThrownBy(() -> HandoffOptions.forApplication("orders").port(65536))
			.withMessageContaining("port 65536");
	}

	@Test
	void namesThatDifferOnlyInReplacedCharactersDoNotShareADirectory() {
		Path slash = defaultFor("a/b", null);
		Path space = defaultFor("a b", null);
		assertThat(slash).isNotEqualTo(space).startsWithRaw(this.run);
		assertThat(slash.getParent()).hasParentRaw(this.run);
		assertThat(defaultFor("x".repeat(200), null).toString().length() - this.run.toString().length()).isLessThan(80);
	}

}
