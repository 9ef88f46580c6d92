package dev.handoff.internal.session;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

import dev.handoff.CommandResult.Verdict;
import dev.handoff.ControlSocketException;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffState;
import dev.handoff.HandoffStatus;
import dev.handoff.internal.operator.StatusSocket;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Message.Refused;
import dev.handoff.internal.protocol.Message.Request;
import dev.handoff.internal.protocol.Message.Request.Operation;
import dev.handoff.internal.protocol.Versions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Those who ask a process for its own status, and those who do not know how.
 */
@Timeout(60)
class StatusSocketTests {

	private static final long ALLOWED_UID = 2000;

	private static final Path PATH = Path.of("/nowhere/status.sock");

	private static final HandoffOptions OPTIONS = HandoffOptions.forApplication("shop")
		.controlSocket(Path.of("/nowhere/shop.sock"))
		.allowedPeerUids(Set.of(ALLOWED_UID))
		.build();

	private final Host host = new Host();

	private final MemoryTransport transport = new MemoryTransport(this.host);

	private StatusSocket socket;

	@BeforeEach
	void open() throws IOException {
		this.socket = open(this.transport);
		this.host.began(this.transport);
	}

	@AfterEach
	void close() {
		this.socket.close();
		this.host.await(() -> this.host.held().isEmpty());
		this.host.close();
	}

	@Test
	void whoAsksIsTold() {
		assertTold(this.host.dialler());
		assertTold(this.host.dialler(ALLOWED_UID));
	}

	@Test
	void anotherUserIsForbidden() {
		this.host.dialler(ALLOWED_UID + 1).request(Operation.STATUS).assertRefused(Refused.Reason.FORBIDDEN);
	}

	@Test
	void commandsAreForTheControlSocket() {
		Peer operator = this.host.dialler().request(Operation.TRIGGER);
		Message.Result result = operator.assertReceived(Message.Result.class);
		assertThat(result.verdict()).isEqualTo(Verdict.NOT_CONFIGURED);
		assertThat(result.text()).contains("/nowhere/shop.sock");
		operator.assertHungUp();
	}

	@Test
	void whoSpeaksAnotherVersionOrIsNoOperatorIsRefused() {
		int later = Versions.HIGHEST + 1;
		this.host.dialler()
			.send(new Request(later, later, Operation.STATUS, "", Request.Format.TEXT))
			.assertRefused(Refused.Reason.VERSION);
		this.host.dialler().hello().assertRefused(Refused.Reason.VERSION);
	}

	@Test
	void whoSaysNothingOrNonsenseKeepsNobodyWaiting() {
		List<Peer> silent = Stream.generate(this.host::dialler).limit(40).toList();
		assertTold(this.host.dialler());
		this.host.dialler().garbage().assertHungUp();
		this.host.dialler().die();
		assertTold(this.host.dialler());
		this.host.advance(Duration.ofSeconds(2));
		silent.forEach(Peer::assertHungUp);
	}

	@Test
	void whoAnnouncesALongFrameIsHungUpOn() {
		this.host.dialler().announce(FrameCodec.MAX_FIRST_PAYLOAD).assertSilent();
		this.host.dialler().announce(FrameCodec.MAX_FIRST_PAYLOAD + 1).assertHungUp();
	}

	@Test
	void whoDoesNotReadTheAnswerIsHungUpOn() {
		Peer deaf = this.host.dialler().stopReading().request(Operation.STATUS);
		this.host.advance(Duration.ofSeconds(2));
		deaf.readAgain().assertHungUp();
		assertTold(this.host.dialler());
	}

	@Test
	void failuresOfAcceptPass() {
		this.host.held().orElseThrow().failAccept(1);
		Peer operator = this.host.dialler().request(Operation.STATUS);
		operator.assertSilent();
		this.host.advance(Duration.ofSeconds(2));
		operator.assertReceived(Message.Status.class);
	}

	@Test
	void aSocketOfAnotherProcessIsNotTaken() {
		MemoryTransport second = new MemoryTransport(this.host);
		assertThatExceptionOfType(ControlSocketException.class).isThrownBy(() -> open(second))
			.withMessageContaining("another process answers there");
		assertTold(this.host.dialler());
	}

	private void assertTold(Peer operator) {
		Message.Status status = operator.request(Operation.STATUS).assertReceived(Message.Status.class);
		assertThat(status.text()).contains("application: shop");
		assertThat(status.state()).isEqualTo(HandoffState.STANDBY);
		operator.assertHungUp();
	}

	private StatusSocket open(MemoryTransport transport) throws IOException {
		return StatusSocket.open(PATH, OPTIONS, transport, this.host, () -> new HandoffStatus(HandoffState.STANDBY, 3,
				"me", 1, List.of(), 0, null, null, null, List.of(), null));
	}

}
