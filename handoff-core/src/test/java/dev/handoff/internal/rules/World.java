package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.BiFunction;

import dev.handoff.internal.rules.Modelled.Life;
import dev.handoff.internal.rules.Wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * A state of the model: processes, the wires between them, and how many faults may still
 * come. What the {@code Performer} and the {@code Inbox} do with sockets is done here
 * with booleans and lists, in the same order.
 */
final class World {

	final List<Modelled> processes = new ArrayList<>();

	final List<Wire> wires = new ArrayList<>();

	int faults;

	@Nullable String violation;

	/**
	 * A server of generation 0 that serves, and processes that have not started.
	 */
	static World of(int processes, int manual, int faults) {
		World world = new World();
		world.faults = faults;
		for (int i = 0; i < processes; i++) {
			Modelled process = new Modelled();
			process.state = SessionState.initial((manual & (1 << i)) != 0);
			world.processes.add(process);
		}
		Modelled first = world.processes.get(0);
		first.life = Life.RUNNING;
		first.state = first.state.to(Phase.SERVING).with(Flag.READY);
		first.gateOpen = true;
		first.controlGateOpen = true;
		first.holdsDescriptors = true;
		return world;
	}

	World copy() {
		World copy = new World();
		copy.faults = this.faults;
		IdentityHashMap<Wire, Wire> copies = new IdentityHashMap<>();
		for (Wire wire : this.wires) {
			if (!wire.isGone()) {
				Wire copied = wire.copy();
				copies.put(wire, copied);
				copy.wires.add(copied);
			}
		}
		for (Modelled process : this.processes) {
			copy.processes.add(copy(process, copies));
		}
		return copy;
	}

	private static Modelled copy(Modelled process, IdentityHashMap<Wire, Wire> copies) {
		Modelled copy = new Modelled();
		copy.life = process.life;
		copy.state = process.state;
		copy.pending.addAll(process.pending);
		copy.gateOpen = process.gateOpen;
		copy.controlGateOpen = process.controlGateOpen;
		copy.holdsDescriptors = process.holdsDescriptors;
		copy.wantsToDial = process.wantsToDial;
		copy.told = process.told;
		copy.excused = process.excused;
		copy.up = copies.get(process.up);
		copy.down = copies.get(process.down);
		copy.old = copies.get(process.old);
		copy.parked = copies.get(process.parked);
		copy.greeted = copies.get(process.greeted);
		process.diallers.forEach((dialler) -> {
			if (copies.containsKey(dialler)) {
				copy.diallers.add(copies.get(dialler));
			}
		});
		return copy;
	}

	/**
	 * Returns whether the socket is there: a live process holds it, or it is on its way
	 * to one.
	 */
	boolean isSocketHeld() {
		for (Modelled process : this.processes) {
			if (process.isAlive() && process.holdsDescriptors) {
				return true;
			}
		}
		return this.wires.stream().anyMatch((wire) -> wire.toDialler.contains(Frame.OFFER));
	}

	/**
	 * Returns whether there is nothing to read for a process.
	 */
	boolean isDry(int index) {
		for (Wire wire : this.processes.get(index).wires()) {
			if (!wire.inbox(index).isEmpty() || wire.isClosedByPeerOf(index)) {
				return false;
			}
		}
		return true;
	}

	void deliver(int index, Event event, BiFunction<SessionState, Event, Reaction> rules) {
		Modelled process = this.processes.get(index);
		Reaction reaction = rules.apply(process.state, event);
		if (!reaction.isNamed()) {
			if (event == Event.HELLO) {
				refuse(index, process.greeted);
				process.greeted = null;
			}
			return;
		}
		process.state = reaction.state();
		process.pending.addAll(reaction.actions());
		endIfTerminated(index);
	}

	/**
	 * Does the next action of a process.
	 */
	void perform(int index) {
		Modelled process = this.processes.get(index);
		Action action = process.pending.remove(0);
		switch (action) {
			case DIAL -> process.wantsToDial = true;
			case OPEN_GATE -> {
				require(process.holdsDescriptors, "opens a gate without descriptors", index);
				process.gateOpen = true;
				process.controlGateOpen = true;
			}
			case OPEN_CONTROL_GATE -> {
				require(process.holdsDescriptors, "opens the control gate without descriptors", index);
				process.controlGateOpen = true;
			}
			case CLOSE_GATE -> {
				process.gateOpen = false;
				process.controlGateOpen = false;
				process.diallers.forEach((dialler) -> dialler.close(index));
				process.diallers.clear();
			}
			case CLOSE_DESCRIPTORS -> closeDescriptors(index);
			case OFFER -> {
				process.down = process.greeted;
				process.greeted = null;
				send(index, process.down, Frame.OFFER);
			}
			case OFFER_PARKED -> {
				process.down = process.parked;
				process.parked = null;
				send(index, process.down, Frame.OFFER);
			}
			case PARK -> {
				process.parked = process.greeted;
				process.greeted = null;
			}
			case REFUSE_BUSY, REFUSE_NOT_READY -> {
				refuse(index, process.greeted);
				process.greeted = null;
			}
			case REFUSE_PARKED -> {
				refuse(index, process.parked);
				process.parked = null;
			}
			case SEND_ADOPTED -> send(index, process.up, Frame.ADOPTED);
			case SEND_READY -> send(index, process.up, Frame.READY);
			case SEND_READY_HOLD -> send(index, process.up, Frame.READY_HOLD);
			case SEND_SERVING -> {
				require(process.gateOpen, "says SERVING with its gate closed", index);
				send(index, process.up, Frame.SERVING);
			}
			case SEND_CONFIRMED -> send(index, process.up, Frame.CONFIRMED);
			case SEND_RECLAIM -> send(index, process.up, Frame.RECLAIM);
			case SEND_ABORT_UP -> send(index, process.up, Frame.ABORT);
			case SEND_RELEASED -> {
				require(!process.gateOpen, "says RELEASED with its gate open", index);
				send(index, process.down, Frame.RELEASED);
			}
			case SEND_RECLAIMED -> {
				require(process.gateOpen, "says RECLAIMED with its gate closed", index);
				send(index, process.down, Frame.RECLAIMED);
			}
			case SEND_CLOSED -> {
				require(!process.holdsDescriptors, "says CLOSED and holds descriptors", index);
				send(index, process.down, Frame.CLOSED);
			}
			case SEND_ABORT_DOWN -> send(index, process.down, Frame.ABORT);
			case SEND_GONE -> send(index, process.down, Frame.GONE);
			case SEND_GONE_OLD -> send(index, process.old, Frame.GONE);
			case CLOSE_UP -> process.up = close(index, process.up);
			case CLOSE_DOWN -> process.down = close(index, process.down);
			case CLOSE_OLD -> process.old = close(index, process.old);
			case CLOSE_PARKED -> process.parked = close(index, process.parked);
			case RETIRE_DOWN -> {
				require(process.old == null, "forgets an old channel", index);
				process.old = process.down;
				process.down = null;
			}
			case CLOSE_UNCLAIMED, RELIEVE, START_DRAIN, CANCEL_DRAIN, FORCE_DRAIN -> {
			}
		}
		endIfTerminated(index);
	}

	private void closeDescriptors(int index) {
		Modelled process = this.processes.get(index);
		boolean held = isSocketHeld();
		process.holdsDescriptors = false;
		process.gateOpen = false;
		process.controlGateOpen = false;
		if (process.told) {
			// The one that serves was told to leave: who got its verdict leaves as well.
			this.processes.forEach((other) -> other.excused |= hasVerdict(other));
		}
		if (held && !isSocketHeld()) {
			require(process.told || process.excused, "loses the socket", index);
			socketIsGone();
		}
	}

	private static boolean hasVerdict(Modelled process) {
		return isLeaving(process) || process.state.phase() == Phase.EXPELLED || isToRead(process, Frame.ABORT)
				|| isToRead(process, Frame.RECLAIMED);
	}

	/**
	 * Returns whether a process has made up its mind to close, or will as soon as it
	 * reads that its judge is in good health and done with it.
	 */
	private static boolean isLeaving(Modelled process) {
		return process.pending.contains(Action.CLOSE_DESCRIPTORS) || isToRead(process, Frame.GONE);
	}

	private static boolean isToRead(Modelled process, Frame frame) {
		return process.up != null && process.up.toDialler.contains(frame);
	}

	/**
	 * The accept queue goes with the socket.
	 */
	private void socketIsGone() {
		this.wires.forEach((wire) -> {
			if (wire.acceptor == Wire.NOBODY) {
				wire.acceptorClosed = true;
			}
		});
	}

	private void endIfTerminated(int index) {
		Modelled process = this.processes.get(index);
		if (process.state.phase() == Phase.TERMINATED && process.pending.isEmpty()) {
			end(index, Life.EXITED);
		}
	}

	void kill(int index) {
		boolean told = this.processes.get(index).told;
		end(index, Life.KILLED);
		for (Modelled process : this.processes) {
			process.excused |= process.isAlive() && (told ? hasVerdict(process) : isLeaving(process));
		}
	}

	private void end(int index, Life how) {
		Modelled process = this.processes.get(index);
		process.life = how;
		process.wires().forEach((wire) -> wire.close(index));
		Modelled ended = new Modelled();
		ended.life = how;
		ended.state = process.state;
		this.processes.set(index, ended);
		if (!isSocketHeld()) {
			socketIsGone();
		}
	}

	private static void send(int index, @Nullable Wire wire, Frame frame) {
		if (wire != null) {
			wire.send(index, frame);
		}
	}

	private static void refuse(int index, @Nullable Wire wire) {
		send(index, wire, Frame.REFUSED);
		close(index, wire);
	}

	private static @Nullable Wire close(int index, @Nullable Wire wire) {
		if (wire != null) {
			wire.close(index);
		}
		return null;
	}

	void require(boolean holds, String violated, int index) {
		if (!holds && this.violation == null) {
			this.violation = "process %d %s".formatted(index, violated);
		}
	}

	/**
	 * Returns a hash of everything that matters, 64 bits wide.
	 */
	@SuppressWarnings("EnumOrdinal") // within one run
	long fingerprint() {
		Fingerprint print = new Fingerprint();
		print.add(this.faults);
		for (Modelled process : this.processes) {
			print.add(process.life.ordinal());
			print.add(process.state.phase().ordinal());
			print.add(process.state.flags());
			print
				.add((process.gateOpen ? 1 : 0) | (process.controlGateOpen ? 2 : 0) | (process.holdsDescriptors ? 4 : 0)
						| (process.wantsToDial ? 8 : 0) | (process.told ? 16 : 0) | (process.excused ? 32 : 0));
			process.pending.forEach((action) -> print.add(100 + action.ordinal()));
			print.add(-1);
			add(print, process.up);
			add(print, process.down);
			add(print, process.old);
			add(print, process.parked);
			add(print, process.greeted);
			process.diallers.forEach((dialler) -> add(print, dialler));
			print.add(-2);
		}
		for (Wire wire : this.wires) {
			if (!wire.isGone()) {
				print.add(wire.dialler);
				print.add(wire.acceptor);
				print.add((wire.diallerClosed ? 1 : 0) | (wire.acceptorClosed ? 2 : 0));
				wire.toAcceptor.forEach((frame) -> print.add(frame.ordinal()));
				print.add(-3);
				wire.toDialler.forEach((frame) -> print.add(frame.ordinal()));
				print.add(-4);
			}
		}
		return print.value();
	}

	private void add(Fingerprint print, @Nullable Wire wire) {
		print.add((wire != null) ? this.wires.indexOf(wire) : -5);
	}

	/**
	 * A running hash (the finalizer of MurmurHash3 over each number).
	 */
	private static final class Fingerprint {

		private long value = 0x9e3779b97f4a7c15L;

		void add(int number) {
			long mixed = this.value * 31 + number;
			mixed = (mixed ^ (mixed >>> 33)) * 0xff51afd7ed558ccdL;
			mixed = (mixed ^ (mixed >>> 33)) * 0xc4ceb9fe1a85ec53L;
			this.value = mixed ^ (mixed >>> 33);
		}

		long value() {
			return this.value;
		}

	}

}
