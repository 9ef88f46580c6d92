package dev.handoff.internal.holdings;

import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

import dev.handoff.DatagramListener;
import dev.handoff.Listener;
import dev.handoff.Listener.Origin;
import dev.handoff.ListenerBindException;
import dev.handoff.internal.socket.ActivatedSocket;
import dev.handoff.internal.socket.AddressMatch;
import dev.handoff.internal.socket.GatedDatagrams;
import dev.handoff.internal.socket.GatedListener;
import dev.handoff.internal.socket.GatedSocket;
import dev.handoff.internal.socket.ReceivedDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.newsclub.net.unix.FileDescriptorCast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/**
 * Which listener an application gets for the name and the address that it asks for.
 */
class ListenersTests {

	private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

	private final Listeners listeners = new Listeners();

	@AfterEach
	void close() {
		this.listeners.close();
	}

	@Test
	void inheritedListenerIsFoundByItsName() {
		GatedListener inherited = inherit("web");
		assertThat(this.listeners.claim("web", ANY_PORT, 10)).isSameAs(inherited);
		assertThatIllegalStateException().isThrownBy(() -> this.listeners.claim("web", ANY_PORT, 10))
			.withMessageContaining("exists already");
		inherited.close();
		assertThat(this.listeners.claim("web", inherited.address(), 10).address()).isEqualTo(inherited.address());
	}

	@Test
	void inheritedListenerAtAnotherAddressIsDeclined() {
		GatedListener inherited = inherit("web");
		InetSocketAddress everywhere = new InetSocketAddress(0);
		assertThat(this.listeners.claim("web", everywhere, 10)).isNotSameAs(inherited);
		assertThat(inherited.isClosed()).isTrue();
		GatedListener other = inherit("other");
		assertThat(this.listeners.claimDatagrams("other", ANY_PORT)).isNotNull();
		assertThat(other.isClosed()).isTrue();
	}

	@Test
	void gatesOpenAtTheLatestWhenTheIncumbentIsAskedForTheLastTime() {
		AtomicBoolean asked = new AtomicBoolean();
		Listeners acquiring = new Listeners(new HoldingIncumbent(asked));
		GatedListener bound = (GatedListener) acquiring.claim("web", ANY_PORT, 10);
		assertThat(acquiring.relieveIncumbent()).isTrue();
		assertThat(asked).isTrue();
		assertThat(bound.isAccepting()).isFalse();
		assertThat(acquiring.checkIncumbent(false)).as("check again").isTrue();
		acquiring.openGates();
		assertThat(acquiring.checkIncumbent(true)).isFalse();
		assertThat(bound.isAccepting()).isTrue();
		assertThat(this.listeners.relieveIncumbent()).as("there is none").isFalse();
		assertThat(this.listeners.checkIncumbent(false)).isFalse();
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
			.isThrownBy(() -> this.listeners.claim("new name", inherited.address(), 10))
			.withMessageContaining("old name");
		GatedListener stranger = GatedListener.bind("stranger", ANY_PORT, 10);
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> this.listeners.claim("new name", stranger.address(), 10))
			.withMessageNotContaining("old name");
		stranger.close();
	}

	@Test
	void listenerThatIsNotAskedForIsClosed() {
		GatedListener inherited = inherit("web");
		this.listeners.closeUnclaimed();
		assertThat(inherited.isClosed()).isTrue();
	}

	@Test
	void gatesFollowWhetherTheProcessServes() {
		Listener early = this.listeners.claim("early", ANY_PORT, 10);
		assertThat(early.isAccepting()).isFalse();
		this.listeners.openGates();
		DatagramListener late = this.listeners.claimDatagrams("late", ANY_PORT);
		assertThat(this.listeners.status()).hasSize(2).allMatch((listener) -> listener.gateOpen());
		assertThat(this.listeners.snapshot()).containsExactly(early);
		assertThat(late.address()).isNotNull();
		this.listeners.closeGates();
		assertThat(this.listeners.status()).noneMatch((listener) -> listener.gateOpen());
	}

	@Test
	void listenersCanBeHadAgainAfterAnOfferThatCameToNothing() {
		this.listeners.close();
		assertThatIllegalStateException().isThrownBy(() -> this.listeners.claim("web", ANY_PORT, 10));
		this.listeners.reset();
		assertThat(this.listeners.claim("web", ANY_PORT, 10)).isNotNull();
	}

	@Test
	void whatCannotBeBoundIsRefused() {
		assertThatIllegalArgumentException().isThrownBy(() -> this.listeners.claim("", ANY_PORT, 10));
		assertThatIllegalArgumentException().isThrownBy(() -> this.listeners.claim("x".repeat(256), ANY_PORT, 10));
		assertThatIllegalArgumentException().isThrownBy(() -> this.listeners.claim("web", new SocketAddress() {
		}, 10));
		assertThatExceptionOfType(ListenerBindException.class)
			.isThrownBy(() -> this.listeners.claim("web", InetSocketAddress.createUnresolved("nowhere.invalid", 1), 10))
			.withMessageContaining("resolved");
	}

	@Test
	void activatedSocketIsFoundByItsNameOrItsAddress() throws IOException {
		GatedListener named = GatedListener.bind("named", ANY_PORT, 10);
		GatedListener other = GatedListener.bind("other", ANY_PORT, 10);
		GatedDatagrams datagrams = GatedDatagrams.bind("udp", ANY_PORT);
		this.listeners.activate(List.of(passed("named", named, named.descriptor()),
				passed("unit", other, other.descriptor()), passed("unit", datagrams, datagrams.descriptor())));
		assertThat(this.listeners.claim("named", ANY_PORT, 10).origin()).isEqualTo(Origin.ACTIVATED);
		assertThat(this.listeners.claim("none", ANY_PORT, 10).origin()).isEqualTo(Origin.BOUND);
		assertThat(this.listeners.claim("by address", other.address(), 10).origin()).isEqualTo(Origin.ACTIVATED);
		this.listeners.closeUnclaimed();
		List.of(named, other, datagrams).forEach(GatedSocket::close);
	}

	private GatedListener inherit(String name) {
		GatedListener listener = GatedListener.bind(name, ANY_PORT, 10);
		this.listeners.inherit(listener);
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
		public Optional<GatedSocket> adopt(String name, SocketAddress address, Class<? extends GatedSocket> type) {
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
