package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Consumer;

import dev.handoff.internal.rules.Modelled.Life;
import dev.handoff.internal.rules.Wire.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Everything that can happen next in a {@link World}.
 */
final class Moves {

	private final BiFunction<SessionState, Event, Reaction> rules;

	private final boolean timersBeforeMessages;

	/**
	 * Creates moves.
	 * @param rules the rules of a process
	 * @param timersBeforeMessages whether timers come before messages, against the rules
	 */
	Moves(BiFunction<SessionState, Event, Reaction> rules, boolean timersBeforeMessages) {
		this.rules = rules;
		this.timersBeforeMessages = timersBeforeMessages;
	}

	/**
	 * Returns what can happen.
	 * @param world the world
	 * @return the moves, each with the world after it
	 */
	List<Move> of(World world) {
		List<Move> moves = new ArrayList<>();
		for (int i = 0; i < world.processes.size(); i++) {
			int index = i;
			Modelled process = world.processes.get(i);
			switch (process.life) {
				case UNBORN -> add(moves, world, index + " starts", (next) -> {
					next.processes.get(index).life = Life.RUNNING;
					next.processes.get(index).wantsToDial = true;
				});
				case STOPPED ->
					add(moves, world, index + " is continued", (next) -> next.processes.get(index).life = Life.RUNNING);
				case RUNNING -> {
					if (process.pending.isEmpty()) {
						listen(moves, world, index);
						act(moves, world, index);
					}
					else {
						add(moves, world, index + " does " + process.pending.get(0), (next) -> next.perform(index));
					}
				}
				case KILLED, EXITED -> {
				}
			}
			if (world.faults > 0 && process.isAlive()) {
				faults(moves, world, index);
			}
		}
		return moves;
	}

	private void listen(List<Move> moves, World world, int index) {
		Modelled process = world.processes.get(index);
		for (int i = 0; i < world.wires.size(); i++) {
			Wire wire = world.wires.get(i);
			int number = i;
			if (wire.acceptor == Wire.NOBODY && !wire.isGone() && !wire.acceptorClosed && process.controlGateOpen
					&& process.holdsDescriptors && wire.dialler != index) {
				// The wires of a copy are those that are not gone, in the same order.
				int position = position(world, number);
				add(moves, world, "%d accepts %d".formatted(index, wire.dialler), (next) -> {
					next.wires.get(position).acceptor = index;
					next.processes.get(index).diallers.add(next.wires.get(position));
				});
			}
		}
		for (Wire wire : process.wires()) {
			int position = position(world, world.wires.indexOf(wire));
			if (!wire.inbox(index).isEmpty()) {
				Frame frame = wire.inbox(index).get(0);
				add(moves, world, "%d reads %s".formatted(index, frame),
						(next) -> read(next, index, next.wires.get(position)));
			}
			else if (wire.isClosedByPeerOf(index)) {
				add(moves, world, "%d reads EOF".formatted(index),
						(next) -> readEnd(next, index, next.wires.get(position)));
			}
		}
	}

	private static int position(World world, int number) {
		int position = 0;
		for (int i = 0; i < number; i++) {
			if (!world.wires.get(i).isGone()) {
				position++;
			}
		}
		return position;
	}

	private void read(World world, int index, Wire wire) {
		Modelled process = world.processes.get(index);
		Frame frame = wire.inbox(index).remove(0);
		Event event = null;
		if (wire == process.up) {
			event = fromPredecessor(frame);
			if (event == Event.OFFER) {
				process.holdsDescriptors = true;
			}
		}
		else if (wire == process.down) {
			event = fromSuccessor(frame);
		}
		else if (process.diallers.remove(wire)) {
			process.greeted = wire;
			event = Event.HELLO;
		}
		if (event != null) {
			world.deliver(index, event, this.rules);
		}
	}

	private void readEnd(World world, int index, Wire wire) {
		Modelled process = world.processes.get(index);
		if (process.diallers.remove(wire)) {
			wire.close(index);
			return;
		}
		Event event = (wire == process.up) ? Event.PREDECESSOR_EOF : (wire == process.down) ? Event.SUCCESSOR_EOF
				: (wire == process.old) ? Event.OLD_EOF : Event.PARKED_EOF;
		SessionState before = process.state;
		world.deliver(index, event, this.rules);
		world.require(!process.pending.isEmpty() || !process.state.equals(before) || !process.isAlive(),
				"ignores the end of a channel in " + before, index);
	}

	private static @Nullable Event fromPredecessor(Frame frame) {
		return switch (frame) {
			case OFFER -> Event.OFFER;
			case REFUSED -> Event.REFUSED;
			case RELEASED -> Event.RELEASED;
			case RECLAIMED -> Event.RECLAIMED;
			case CLOSED -> Event.CLOSED;
			case GONE -> Event.GONE;
			case ABORT -> Event.ABORT_FROM_PREDECESSOR;
			default -> null;
		};
	}

	private static @Nullable Event fromSuccessor(Frame frame) {
		return switch (frame) {
			case ADOPTED -> Event.ADOPTED;
			case READY -> Event.READY;
			case READY_HOLD -> Event.READY_HOLD;
			case SERVING -> Event.SERVING;
			case CONFIRMED -> Event.CONFIRMED;
			case RECLAIM -> Event.RECLAIM;
			case ABORT -> Event.ABORT_FROM_SUCCESSOR;
			default -> null;
		};
	}

	private void act(List<Move> moves, World world, int index) {
		Modelled process = world.processes.get(index);
		Phase phase = process.state.phase();
		if (process.wantsToDial) {
			add(moves, world, index + " dials", (next) -> dial(next, index));
		}
		if (phase == Phase.STARTING || phase == Phase.ALONE_STARTING) {
			deliver(moves, world, index, Event.APPLICATION_READY);
		}
		if (phase == Phase.DRAINING || phase == Phase.LEAVING) {
			deliver(moves, world, index, Event.DRAINED);
		}
		if (world.isDry(index) || this.timersBeforeMessages) {
			process.state.timers().forEach((timer) -> deliver(moves, world, index, timer.event()));
		}
	}

	private void dial(World world, int index) {
		Modelled process = world.processes.get(index);
		process.wantsToDial = false;
		if (world.isSocketHeld()) {
			Wire wire = new Wire(index);
			wire.toAcceptor.add(Frame.HELLO);
			world.wires.add(wire);
			process.up = wire;
		}
		else {
			process.holdsDescriptors = true;
			world.deliver(index, Event.CLAIMED, this.rules);
		}
	}

	private void faults(List<Move> moves, World world, int index) {
		Modelled process = world.processes.get(index);
		add(moves, world, index + " is killed", (next) -> {
			next.faults--;
			next.kill(index);
		});
		if (process.life != Life.RUNNING) {
			return;
		}
		add(moves, world, index + " is stopped", (next) -> {
			next.faults--;
			next.processes.get(index).life = Life.STOPPED;
		});
		if (process.pending.isEmpty()) {
			command(moves, world, index, Event.TERMINATE);
			command(moves, world, index, Event.OPERATOR_ABORT);
			command(moves, world, index, Event.OPERATOR_RECLAIM);
			command(moves, world, index, Event.OPERATOR_RELEASE);
		}
	}

	private void command(List<Move> moves, World world, int index, Event event) {
		if (this.rules.apply(world.processes.get(index).state, event).isNamed()) {
			add(moves, world, index + " is told " + event, (next) -> {
				next.faults--;
				next.processes.get(index).told |= event == Event.TERMINATE || event == Event.OPERATOR_ABORT;
				next.deliver(index, event, this.rules);
			});
		}
	}

	private void deliver(List<Move> moves, World world, int index, Event event) {
		add(moves, world, "%d gets %s in %s".formatted(index, event, world.processes.get(index).state),
				(next) -> next.deliver(index, event, this.rules));
	}

	private static void add(List<Move> moves, World world, String label, Consumer<World> change) {
		World next = world.copy();
		change.accept(next);
		moves.add(new Move(label, next));
	}

	/**
	 * A move.
	 *
	 * @param label what happens
	 * @param next the world after it
	 */
	record Move(String label, World next) {
	}

}
