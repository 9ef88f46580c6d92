package dev.handoff;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

import dev.handoff.testsupport.OpenDescriptors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * A process's handoff without another process.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class HandoffTests {

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	@TempDir
	private Path directory;

	@AfterEach
	void close() {
		Handoff.current().ifPresent(Handoff::close);
	}

	@Test
	void theFirstGenerationAcceptsBeforeItIsReady() throws IOException {
		Handoff handoff = Handoff.start(options().build());
		assertThat(handoff.generation()).isZero();
		assertThat(handoff.state()).isEqualTo(HandoffState.STARTING);
		Listener listener = handoff.listener("web", ANY_PORT);
		assertThat(listener.isAccepting()).isTrue();
		assertThat(listener.origin()).isEqualTo(Listener.Origin.BOUND);
		assertThat(handoff.listeners()).containsExactly(listener);
	}

	@Test
	void aControlSocketThatCannotBeClaimedIsAnErrorAtOnce() throws IOException {
		Files.createDirectories(this.directory.resolve("run/control.sock.lock"));
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> Handoff.start(options().build()))
			.withMessageContaining("control.sock.lock' cannot be used: ")
			.withCauseInstanceOf(IOException.class);
		assertThat(Handoff.current()).isEmpty();
	}

	@Test
	void aStatusSocketThatCannotBeOpenedLeavesNothingBehind() throws IOException {
		Files.createDirectory(this.directory.resolve("status.sock"));
		// The first start loads what stays open.
		Handoff.start(options().build()).close();
		Map<Integer, String> descriptors = OpenDescriptors.list();
		assertThatExceptionOfType(ControlSocketException.class)
			.isThrownBy(() -> Handoff.start(options().statusSocket(this.directory.resolve("status.sock")).build()))
			.withMessageContaining("status.sock");
		assertThat(OpenDescriptors.list()).isEqualTo(descriptors);
		assertThat(Handoff.current()).isEmpty();
		Handoff.start(options().build());
	}

	@Test
	void thereIsOneHandoffPerProcess() throws IOException {
		Handoff handoff = Handoff.start(options().build());
		assertThat(Handoff.current()).containsSame(handoff);
		Map<Integer, String> descriptors = OpenDescriptors.list();
		assertThatIllegalStateException().isThrownBy(() -> Handoff.start(options().build()));
		assertThat(OpenDescriptors.list()).isEqualTo(descriptors);
		handoff.close();
		handoff.close();
		assertThat(Handoff.current()).isEmpty();
		Handoff next = Handoff.start(options().build());
		assertThat(next.generation()).isZero();
	}

	@Test
	void closingGivesTheListenersUpAndEndsWithCodeZero() throws IOException {
		Handoff handoff = Handoff.start(options().build());
		Listener listener = handoff.listener("web", ANY_PORT);
		handoff.ready();
		handoff.close();
		assertThat(handoff.state()).isEqualTo(HandoffState.TERMINATED);
		assertThat(handoff.exitCode()).isZero();
		assertThat(listener.accept()).isNull();
		assertThatIllegalStateException().isThrownBy(() -> handoff.listener("late", ANY_PORT));
	}

	@Test
	void closingWaitsForTheConnectionsInHandAndThenForcesThem() throws Exception {
		Handoff handoff = Handoff.start(options().drainTimeout(Duration.ofMillis(200)).build());
		CountDownLatch started = new CountDownLatch(1);
		CountDownLatch closingIdle = new CountDownLatch(1);
		CountDownLatch forced = new CountDownLatch(1);
		handoff.register(new Drain() {

			@Override
			public int remaining() {
				return (forced.getCount() == 0) ? 0 : 1;
			}

			@Override
			public void start() {
				started.countDown();
			}

			@Override
			public void closeIdle() {
				assertThat(forced.getCount()).isOne();
				closingIdle.countDown();
			}

			@Override
			public Map<String, Integer> force() {
				assertThat(closingIdle.getCount()).isZero();
				forced.countDown();
				return Map.of("request", 1);
			}

		});
		handoff.register(() -> {
			throw new IllegalStateException("a drain that fails keeps nobody from ending");
		});
		handoff.ready();
		handoff.close();
		assertThat(started.getCount()).isZero();
		assertThat(forced.getCount()).isZero();
	}

	@Test
	void observersSeeEachChangeInOrderAndMayFail() throws Exception {
		Handoff handoff = Handoff.start(options().build());
		CountDownLatch terminated = new CountDownLatch(1);
		StringBuilder seen = new StringBuilder();
		handoff.addObserver((change) -> {
			throw new IllegalStateException("an observer that fails disturbs nobody");
		});
		handoff.addObserver((change) -> {
			seen.append(change.to()).append(' ');
			if (change.to() == HandoffState.TERMINATED) {
				terminated.countDown();
			}
		});
		handoff.ready();
		handoff.close();
		assertThat(terminated.await(10, TimeUnit.SECONDS)).isTrue();
		assertThat(seen.toString()).isEqualTo("SERVING DRAINING TERMINATED ");
	}

	@Test
	void anOperatorIsToldWhatIsGoingOnAndThatACommandDoesNotApply() {
		Handoff handoff = Handoff.start(options().build());
		Listener listener = handoff.listener("web", ANY_PORT);
		handoff.ready();
		CommandResult reclaim = handoff.request(HandoffCommand.RECLAIM).join();
		assertThat(reclaim.verdict()).isEqualTo(CommandResult.Verdict.NO_HANDOFF);
		HandoffStatus status = handoff.status();
		assertThat(status.state()).isEqualTo(HandoffState.SERVING);
		assertThat(status.instanceId()).isEqualTo(handoff.instanceId());
		assertThat(status.listeners()).singleElement()
			.satisfies((web) -> assertThat(web.address())
				.isEqualTo("127.0.0.1:" + ((InetSocketAddress) listener.address()).getPort()));
		assertThat(status.currentHandoff()).isNull();
		assertThat(handoff.report("no such id")).isCompletedExceptionally();
		handoff.close();
		assertThat(handoff.request(HandoffCommand.ABORT).join().isApplied()).isFalse();
	}

	@Test
	void aNameIsTakenOnlyWhileItsListenerIsOpen() {
		Handoff handoff = Handoff.start(options().build());
		Listener listener = handoff.listener("web", ANY_PORT);
		assertThatIllegalStateException().isThrownBy(() -> handoff.listener("web", ANY_PORT))
			.withMessageContaining("'web' exists already");
		listener.close();
		assertThat(handoff.listener("web", ANY_PORT)).isNotSameAs(listener);
		assertThatIllegalArgumentException().isThrownBy(() -> handoff.listener("", ANY_PORT));
		assertThatIllegalArgumentException().isThrownBy(() -> handoff.listener("x".repeat(256), ANY_PORT));
	}

	@Test
	void aPortInUseIsNamed() throws IOException {
		Handoff handoff = Handoff.start(options().build());
		try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			InetSocketAddress taken = (InetSocketAddress) stranger.getLocalSocketAddress();
			assertThatExceptionOfType(ListenerBindException.class).isThrownBy(() -> handoff.listener("web", taken))
				.withMessageContaining("'web'")
				.withMessageContaining(Integer.toString(taken.getPort()))
				.withMessageContaining("in use");
		}
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> handoff.listener("web", InetSocketAddress.createUnresolved("no.such.host.invalid", 80)))
			.withMessageContaining("cannot be resolved");
	}

	@Test
	void aControlSocketInAMissingDirectoryIsExplained() {
		HandoffOptions options = HandoffOptions.forApplication("test")
			.controlSocket(this.directory.resolve("no/such/directory/control.sock"))
			.build();
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> Handoff.start(options))
			.satisfies((ex) -> assertThat(ex.getFix()).isNotBlank());
		assertThat(Handoff.current()).isEmpty();
	}

	private HandoffOptions.Builder options() {
		return HandoffOptions.forApplication("test").controlSocket(this.directory.resolve("run/control.sock"));
	}

}
