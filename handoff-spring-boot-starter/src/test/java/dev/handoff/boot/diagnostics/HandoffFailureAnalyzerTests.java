package dev.handoff.boot.diagnostics;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

import dev.handoff.AcquisitionException;
import dev.handoff.ControlSocketException;
import dev.handoff.FileOpenException;
import dev.handoff.HandoffAbortedException;
import dev.handoff.HandoffException;
import dev.handoff.HandoffRefusedException;
import dev.handoff.HandoffRefusedException.Reason;
import dev.handoff.HandoffTimeoutException;
import dev.handoff.ListenerBindException;
import dev.handoff.ListenersDroppedException;
import dev.handoff.PeerNotAllowedException;
import dev.handoff.SocketActivationException;
import dev.handoff.TransferException;
import dev.handoff.UnsupportedPlatformException;
import dev.handoff.UnsupportedPlatformException.Missing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.diagnostics.FailureAnalysis;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link HandoffFailureAnalyzer}.
 */
class HandoffFailureAnalyzerTests {

	private static final Path CONTROL_SOCKET = Path.of("/run/sample/control.sock");

	static Stream<HandoffException> failures() {
		return Stream.of(new AcquisitionException(AcquisitionException.Reason.KERNEL, 42, "old", null),
				new ControlSocketException(CONTROL_SOCKET, "mode 0777", "chmod 0700 /run/sample", null),
				new FileOpenException("log", Path.of("/var/log/sample"), "permission denied", null),
				HandoffAbortedException.byPredecessor("ready-timeout"),
				new HandoffRefusedException(Reason.BUSY, "busy", CONTROL_SOCKET, Duration.ofSeconds(5)),
				new HandoffTimeoutException("offer", Duration.ofSeconds(15), "connect-timeout", null),
				new ListenerBindException("server", new InetSocketAddress(8080), "in use", null),
				new ListenersDroppedException(List.of("listener 'server' at [::]:8080"), 42, CONTROL_SOCKET),
				new PeerNotAllowedException(CONTROL_SOCKET, 1001, Set.of(0L)),
				new SocketActivationException("descriptor 3 is a pipe", null),
				new TransferException("another inode", null),
				new UnsupportedPlatformException(Missing.NATIVE_LIBRARY, "noexec", null));
	}

	@Test
	void everyKindOfFailureIsTested() {
		assertThat(failures().map(Object::getClass))
			.containsExactlyInAnyOrder(HandoffException.class.getPermittedSubclasses());
	}

	@ParameterizedTest
	@MethodSource("failures")
	void failureIsDescribedWithItsValuesAndAnAction(HandoffException failure) {
		FailureAnalysis analysis = analyze(failure);
		assertThat(analysis.getDescription()).isEqualTo(failure.getMessage());
		assertThat(analysis.getAction()).isNotBlank().isNotEqualTo("See the log of the running process");
	}

	@ParameterizedTest
	@EnumSource
	void everyReasonOfARefusalHasItsAction(Reason reason) {
		assertThat(analyze(new HandoffRefusedException(reason, "no", CONTROL_SOCKET, null)).getAction()).isNotBlank();
	}

	@Test
	void everyReasonWhyNothingIsAcquiredHasAnActionOfItsOwn() {
		assertThat(Arrays.stream(AcquisitionException.Reason.values())
			.map((reason) -> analyze(new AcquisitionException(reason, 42, "no", null)).getAction()))
			.doesNotHaveDuplicates()
			.allSatisfy((action) -> assertThat(action).isNotBlank());
	}

	@Test
	void reasonsThatNeedDifferentActionsHaveDifferentOnes() {
		assertThat(Arrays.stream(Reason.values())
			.filter((reason) -> reason != Reason.NOT_READY)
			.map((reason) -> analyze(new HandoffRefusedException(reason, "no", CONTROL_SOCKET, null)).getAction()))
			.doesNotHaveDuplicates();
	}

	@Test
	void busyProcessIsToBeAskedAgainWhenItSays() {
		assertThat(analyze(new HandoffRefusedException(Reason.BUSY, "busy", CONTROL_SOCKET, Duration.ofSeconds(7)))
			.getAction()).contains("7 seconds");
	}

	@Test
	void otherFailuresAreLeftToOthers() {
		assertThat(new HandoffFailureAnalyzer().analyze(new IllegalStateException("other"))).isNull();
	}

	private static FailureAnalysis analyze(HandoffException failure) {
		return Objects
			.requireNonNull(new HandoffFailureAnalyzer().analyze(new BeanCreationException("handoff", failure)));
	}

}
