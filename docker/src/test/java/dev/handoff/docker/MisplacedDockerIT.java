package dev.handoff.docker;

import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

import com.github.dockerjava.api.command.CreateContainerCmd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A container that does not share what it has to: it says so and ends, and the
 * predecessor serves on.
 */
@NeedsEngine
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MisplacedDockerIT {

	// Of all tests: that none of these containers disturbs it is what they are about.
	private Site site;

	private Generation predecessor;

	@BeforeAll
	void serve() {
		this.site = new Site();
		this.predecessor = this.site.start(DemoImage.name()).awaitState("SERVING");
	}

	@AfterAll
	void close() {
		this.site.close();
	}

	@Test
	void anotherUserMayNotUseTheControlSocket() {
		assertThat(logOf((command) -> command.withUser("10002:10001")))
			.contains("'/run/handoff' cannot be used: it belongs to uid 10001, not to uid 10002 or root");
	}

	@Test
	void anotherVolumeMeansThatThePortIsInUse() {
		assertThat(logOf((command) -> Site.hostConfig(command).withBinds())).contains(
				"Listener 'server' cannot be bound to ", ":8080: the port is in use",
				"let both use the same handoff.control-socket, containers on the same volume");
	}

	@Test
	void anotherNetworkNamespaceIsRefused() {
		assertThat(logOf((command) -> Site.hostConfig(command).withNetworkMode("bridge")))
			.contains("run both in one network namespace", "net:[");
	}

	@Test
	void aDirectoryThatIsNotWritableIsNamed() {
		assertThat(logOf((command) -> Site.hostConfig(command).withReadonlyRootfs(false),
				"HANDOFF_CONTROL_SOCKET=/etc/control.sock"))
			.contains("'/etc' cannot be used: uid 10001 may not write to it");
	}

	@Test
	void aDirectoryOnAReadOnlyFileSystemIsNamed() {
		assertThat(logOf((command) -> {
		}, "HANDOFF_CONTROL_SOCKET=/etc/control.sock"))
			.contains("'/etc' cannot be used: its file system is mounted read-only");
	}

	private String logOf(Consumer<CreateContainerCmd> special, String... environment) {
		Generation misplaced = this.site.start(DemoImage.name(), special, environment);
		int exitCode = misplaced.awaitExit();
		String log = misplaced.logs();
		assertThat(exitCode).as(log).isOne();
		assertThat(this.predecessor.status()).contains("state: SERVING", "generation: 0");
		return log;
	}

}
