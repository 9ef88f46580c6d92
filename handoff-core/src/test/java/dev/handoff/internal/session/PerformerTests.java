package dev.handoff.internal.session;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

import dev.handoff.CommandResult;
import dev.handoff.HandoffOptions;
import dev.handoff.HandoffStatus;
import dev.handoff.Listener;
import dev.handoff.internal.control.Connection;
import dev.handoff.internal.control.ControlChannel;
import dev.handoff.internal.control.WorkLock;
import dev.handoff.internal.holdings.Holdings;
import dev.handoff.internal.operator.Operators;
import dev.handoff.internal.operator.PendingCommand;
import dev.handoff.internal.protocol.Capabilities;
import dev.handoff.internal.protocol.FrameCodec;
import dev.handoff.internal.protocol.FrameDecoder;
import dev.handoff.internal.protocol.MalformedFrameException;
import dev.handoff.internal.protocol.Message;
import dev.handoff.internal.protocol.Versions;
import dev.handoff.internal.rules.Action;
import dev.handoff.internal.rules.ActionModel;
import dev.handoff.internal.socket.NetworkNamespace;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Each action does to channels, gates and descriptors what the explored model takes it to
 * do.
 */
class PerformerTests {

	private static final HandoffOptions OPTIONS = HandoffOptions.forApplication("shop")
		.controlSocket(Path.of("/nowhere/shop.sock"))
		.build();

	private final Host host = new Host();

	private final MemoryTransport transport = new MemoryTransport(this.host);

	private final Holdings holdings = new Holdings();

	private final Peers peers = new Peers();

	private final ControlSocket control = new ControlSocket(OPTIONS, this.transport, this.host,
			new Operators(OPTIONS, this.host, new NoDesk()));

	private final Drains drains = new Drains();

	private final WorkLock workLock = this.transport.workLock(OPTIONS.controlSocket());

	private final Dialling dialling = new Dialling(OPTIONS, "me", this.transport, this.host, this.peers, this.holdings,
			this.control, this.workLock);

	private final Performer performer = new Performer(OPTIONS, this.peers, this.holdings, this.control, this.dialling,
			new Offering(OPTIONS, "me", this.holdings, this.workLock),
			new IncumbentWatch(this.holdings, this.host, Duration.ofSeconds(1)), this.drains);

	private final Map<String, Connection> own = new LinkedHashMap<>();

	private final Map<String, MemoryChannel> others = new LinkedHashMap<>();

	private Listener web;

	private MemorySocket.Listener socket;

	@BeforeEach
	void hold() throws IOException {
		this.web = this.holdings.claim("web", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 10);
		this.socket = (MemorySocket.Listener) this.transport.claim(OPTIONS.controlSocket()).orElseThrow();
		this.control.take(this.socket);
	}

	@AfterEach
	void close() throws IOException {
		this.holdings.close();
		this.control.close();
		this.peers.close();
		this.transport.close();
		this.host.close();
	}

	// Who dials has no open gates.
	@ParameterizedTest
	@EnumSource(mode = Mode.EXCLUDE, names = "DIAL")
	void anActionDoesWhatTheModelSaysWithOpenGates(Action action) throws Exception {
		this.holdings.openGates();
		this.control.openGate();
		assertAsModelled(action, true);
	}

	@ParameterizedTest
	@EnumSource
	void anActionDoesWhatTheModelSaysWithClosedGates(Action action) throws Exception {
		assertAsModelled(action, false);
	}

	private void assertAsModelled(Action action, boolean gateOpen) throws Exception {
		this.peers.up = connect("up");
		this.peers.down = connect("down");
		this.peers.old = (action != Action.RETIRE_DOWN) ? connect("old") : null;
		this.peers.parked = (action != Action.PARK) ? connect("parked") : null;
		greet();
		expect("dialler");
		int waiting = this.socket.socket().waiting();
		this.performer.perform(action, "reason");
		boolean dialled = action == Action.DIAL && this.socket.socket().waiting() == waiting + 1;
		assertThat(effects(dialled)).isEqualTo(ActionModel.effects(action, gateOpen));
	}

	private Connection connect(String name) throws IOException {
		Connection connection = new Connection(channel(name).other());
		this.own.put(name, connection);
		return connection;
	}

	private MemoryChannel channel(String name) {
		MemoryChannel other = MemoryChannel.open(this.host, new ControlChannel.PeerCredentials(Host.UID, 7));
		this.others.put(name, other);
		return other;
	}

	private MemoryChannel expect(String name) throws IOException {
		MemoryChannel dialler = channel(name);
		this.control.expect(dialler.other());
		return dialler;
	}

	private void greet() throws IOException {
		MemoryChannel dialler = expect("greeted");
		ByteBuffer hello = FrameCodec.encode(new Message.Hello(Versions.LOWEST, Versions.HIGHEST, Capabilities.OWN, 7,
				"successor", "shop", "1", NetworkNamespace.current()));
		dialler.write(hello, List.of());
		assertThat(this.control.nextHello()).isNotNull();
		this.own.put("greeted", Objects.requireNonNull(this.control.greeted()));
	}

	private Map<String, String> effects(boolean dialled) throws Exception {
		Map<String, String> effects = new LinkedHashMap<>();
		for (Map.Entry<String, MemoryChannel> other : this.others.entrySet()) {
			List<String> frames = new ArrayList<>();
			boolean closed = read(other.getValue(), frames);
			effects.put(other.getKey(),
					"%s %s %s".formatted(place(other.getKey(), dialled), frames, closed ? "closed" : "open"));
		}
		boolean listening = this.socket.isAccepting();
		effects.put("gate", this.web.isAccepting() ? "open" : "closed");
		effects.put("control gate", listening ? "open" : "closed");
		effects.put("descriptors", (this.holdings.snapshot().isEmpty() && this.socket.isClosed()) ? "closed" : "held");
		effects.put("dials", Boolean.toString(dialled));
		return effects;
	}

	private String place(String name, boolean dialled) {
		Connection connection = this.own.get(name);
		Map<String, @Nullable Connection> places = new LinkedHashMap<>();
		// Who has dialled has another predecessor; the model has it a step later.
		places.put("up", dialled ? this.own.get("up") : this.peers.up);
		places.put("down", this.peers.down);
		places.put("old", this.peers.old);
		places.put("parked", this.peers.parked);
		places.put("greeted", this.control.greeted());
		return places.entrySet()
			.stream()
			.filter((place) -> connection != null && place.getValue() == connection)
			.map(Map.Entry::getKey)
			.findFirst()
			.orElse("nowhere");
	}

	private static boolean read(MemoryChannel channel, List<String> frames)
			throws IOException, MalformedFrameException {
		FrameDecoder decoder = new FrameDecoder();
		ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
		int count = channel.read(buffer);
		while (count > 0) {
			decoder.feed(buffer.flip());
			buffer.clear();
			count = channel.read(buffer);
		}
		for (Message message = decoder.next(); message != null; message = decoder.next()) {
			if (!(message instanceof Message.Descriptors)) {
				frames.add(name(message));
			}
		}
		return count < 0;
	}

	private static String name(Message message) {
		if (message instanceof Message.Ready ready && ready.hold()) {
			return "READY_HOLD";
		}
		return message.getClass().getSimpleName().toUpperCase(Locale.ROOT);
	}

	/**
	 * Nobody asks here.
	 */
	private static final class NoDesk implements Operators.Desk {

		@Override
		public HandoffStatus status() {
			throw new IllegalStateException();
		}

		@Override
		public void command(PendingCommand command) {
			throw new IllegalStateException();
		}

		@Override
		public boolean isSuccessorAwaited() {
			throw new IllegalStateException();
		}

		@Override
		public @Nullable CommandResult launchFailure() {
			throw new IllegalStateException();
		}

		@Override
		public void trigger(Consumer<CommandResult> answer) {
			throw new IllegalStateException();
		}

	}

}
