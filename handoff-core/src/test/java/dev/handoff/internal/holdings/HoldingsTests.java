package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.DatagramListener;
import dev.handoff.Listener;
import dev.handoff.Listener.Origin;
import dev.handoff.ListenerBindException;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.GatedDatagrams;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.ReceivedDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Which listener an application gets for the name and the address that it asks for.
 */
class HoldingsTests {

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	private final Holdings holdings = new Holdings();

	@AfterEach
	void close() {
		this.holdings.close();
	}

	@Test
	void inheritedListenerIsFoundByItsName() {
		GatedListener inherited = inherit("web");
		assertThat(this.holdings.claim("web", ANY_PORT, 10)).isSameAs(inherited);
		assertThatIllegalStateException().isThrownBy(() -> this.holdings.claim("web", ANY_PORT, 10))
			.withMessageContaining("exists already");
		inherited.close();
		assertThat(this.holdings.claim("web", inherited.address(), 10).address()).isEqualTo(inherited.address());
	}

	@Test
	void aNameThatWouldSteerATerminalIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.holdings.claim("web\u001b[2J", ANY_PORT, 10))
			.withMessageContaining("Listener 'web\\u001b[2J' must have a name without control characters");
	}

	@Test
	void whatWouldNotFitIntoAManifestIsRefused(@TempDir Path directory) {
		int limit = FrameCodec.MAX_ENTRIES - 2;
		for (int i = 0; i < limit; i++) {
			this.holdings.claimFile("file " + i, directory.resolve("log"), null);
		}
		assertThatIllegalStateException().isThrownBy(() -> this.holdings.claim("web", ANY_PORT, 10))
			.withMessage("Listener 'web' would be one too many: 4094 listeners and files can be handed over");
		this.holdings.closeFiles();
	}

	@Test
	void aListenerIsKeptWhileThisProcessLeaves() throws IOException {
		GatedListener web = (GatedListener) this.holdings.claim("web", ANY_PORT, 10);
		GatedListener management = (GatedListener) this.holdings.claim("management", ANY_PORT, 10);
		this.holdings.keepWhileLeaving("management");
		this.holdings.openGates();
		this.holdings.leave(Duration.ofMillis(1));
		this.holdings.closeGates();
		this.holdings.close();
		assertThat(web.isOpen()).isFalse();
		try (SocketChannel client = SocketChannel.open(management.address());
				SocketChannel accepted = management.accept()) {
			assertThat(accepted).isNotNull();
			assertThat(client.isConnected()).isTrue();
		}
		this.holdings.closeKept();
		assertThat(management.isOpen()).isFalse();
	}

	@Test
	void aListenerIsNotKeptForASuccessor() {
		GatedListener management = (GatedListener) this.holdings.claim("management", ANY_PORT, 10);
		this.holdings.keepWhileLeaving("management");
		this.holdings.openGates();
		this.holdings.closeGates();
		this.holdings.close();
		assertThat(management.isOpen()).isFalse();
	}

	@Test
	void inheritedListenerAtAnotherAddressIsClosed() {
		GatedListener inherited = inherit("web");
		InetSocketAddress everywhere = new InetSocketAddress(0);
		assertThat(this.holdings.claim("web", everywhere, 10)).isNotSameAs(inherited);
		assertThat(inherited.isOpen()).isFalse();
		GatedListener other = inherit("other");
		assertThat(this.holdings.claimDatagrams("other", ANY_PORT)).isNotNull();
		assertThat(other.isOpen()).isFalse();
	}

	@Test
	void gatesOpenAtTheLatestWhenTheIncumbentIsAskedForTheLastTime() {
		AtomicBoolean asked = new AtomicBoolean();
		Holdings acquiring = new Holdings(new HoldingIncumbent(asked));
		GatedListener bound = (GatedListener) acquiring.claim("web", ANY_PORT, 10);
		assertThat(acquiring.relieveIncumbent()).isTrue();
		assertThat(asked).isTrue();
		assertThat(bound.isAccepting()).isFalse();
		assertThat(acquiring.checkIncumbent(false)).as("check again").isTrue();
		acquiring.openGates();
		assertThat(acquiring.checkIncumbent(true)).isFalse();
		assertThat(bound.isAccepting()).isTrue();
		assertThat(this.holdings.relieveIncumbent()).as("there is none").isFalse();
		assertThat(this.holdings.checkIncumbent(false)).isFalse();
		acquiring.close();
	}

	@Test
	void addressesSuitIfTheyMeanTheSame() throws IOException {
		InetSocketAddress any4 = new InetSocketAddress(InetAddress.getByName("0.0.0.0"), 80);
		InetSocketAddress any6 = new InetSocketAddress(InetAddress.getByName("::"), 80);
		InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 80);
		assertThat(AddressMatch.suits(any4, any6)).isTrue();
		assertThat(AddressMatch.suits(any4, local)).isFalse();
		assertThat(AddressMatch.suits(local, any4)).isFalse();
		assertThat(AddressMatch.suits(local, new InetSocketAddress(InetAddress.getLoopbackAddress(), 81))).isFalse();
		assertThat(AddressMatch.suits(local, UnixDomainSocketAddress.of("/s"))).isFalse();
		assertThat(AddressMatch.suits(UnixDomainSocketAddress.of("/s"), local)).isFalse();
	}

	@Test
	void errorNamesTheInheritedListenerThatIsInTheWay() {
		GatedListener inherited = inherit("old name");
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> this.holdings.claim("new name", inherited.address(), 10))
			.withMessageContaining("old name");
		GatedListener stranger = GatedListener.bind("stranger", ANY_PORT, 10);
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> this.holdings.claim("new name", stranger.address(), 10))
			.withMessageNotContaining("old name");
		stranger.close();
	}

	@Test
	void listenerThatIsNotAskedForIsClosed() {
		GatedListener inherited = inherit("web");
		this.holdings.closeUnclaimed();
		assertThat(inherited.isOpen()).isFalse();
	}

	@Test
	void gatesFollowWhetherTheProcessServes() {
		Listener early = this.holdings.claim("early", ANY_PORT, 10);
		assertThat(early.isAccepting()).isFalse();
		this.holdings.openGates();
		DatagramListener late = this.holdings.claimDatagrams("late", ANY_PORT);
		assertThat(this.holdings.status()).hasSize(2).allMatch((listener) -> listener.gateOpen());
		assertThat(this.holdings.snapshot()).containsExactly(early);
		assertThat(late.address()).isNotNull();
		this.holdings.closeGates();
		assertThat(this.holdings.status()).noneMatch((listener) -> listener.gateOpen());
	}

	@Test
	void listenersCanBeHadAgainAfterAnOfferThatCameToNothing() {
		this.holdings.close();
		assertThatIllegalStateException().isThrownBy(() -> this.holdings.claim("web", ANY_PORT, 10));
		this.holdings.reset();
		assertThat(this.holdings.claim("web", ANY_PORT, 10)).isNotNull();
	}

	@Test
	void whatCannotBeBoundIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.holdings.claim("", ANY_PORT, 10));
		assertThatIllegalArgumentException().isThrownBy(() -> this.holdings.claim("x".repeat(256), ANY_PORT, 10));
		assertThatIllegalArgumentException().isThrownBy(() -> this.holdings.claim("web", new SocketAddress() {
		}, 10));
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> this.holdings.claim("web", InetSocketAddress.createUnresolved("nowhere.invalid", 1), 10))
			.withMessageContaining("resolved");
	}

	@Test
	void activatedSocketIsFoundByItsNameOrItsAddress() throws IOException {
		GatedListener named = GatedListener.bind("named", ANY_PORT, 10);
		GatedListener other = GatedListener.bind("other", ANY_PORT, 10);
		GatedDatagrams datagrams = GatedDatagrams.bind("udp", ANY_PORT);
		this.holdings.activate(List.of(passed("named", named, named.descriptor()),
				passed("unit", other, other.descriptor()), passed("unit", datagrams, datagrams.descriptor())));
		assertThat(this.holdings.claim("named", ANY_PORT, 10).origin()).isEqualTo(Origin.ACTIVATED);
		assertThat(this.holdings.claim("none", ANY_PORT, 10).origin()).isEqualTo(Origin.BOUND);
		assertThat(this.holdings.claim("by address", other.address(), 10).origin()).isEqualTo(Origin.ACTIVATED);
		this.holdings.closeUnclaimed();
		List.of(named, other, datagrams).forEach(GatedSocket::close);
	}

	private GatedListener inherit(String name) {
		GatedListener listener = GatedListener.bind(name, ANY_PORT, 10);
		this.holdings.inherit(listener);
		return listener;
	}

	private static ActivatedSocket passed(String name, GatedSocket socket, FileDescriptor descriptor)
			throws IOException {
		return new ActivatedSocket(name, socket.facts(), socket.address(),
				new ReceivedDescriptor(FileDescriptorCast.duplicating(descriptor).getFileDescriptor()));
	}

	private record HoldingIncumbent(AtomicBoolean asked) implements Incumbent {

		@Override
		public void open() {
		}

		@Override
		public <T extends GatedSocket> Optional<T> adopt(String name, SocketAddress address, Class<T> type) {
			return Optional.empty();
		}

		@Override
		public boolean relieve() {
			this.asked.set(true);
			return true;
		}

		@Override
		public boolean isHolding(boolean last) {
			return true;
		}

		@Override
		public void close() {
		}

	}

}
