package dev.handoff.internal.rules;

import java.util.LinkedHashMap;
import java.util.Map;

import dev.handoff.internal.rules.Modelled.Life;
import org.jspecify.annotations.Nullable;

/**
 * What the explored model takes an action to do, in words that the real thing can be
 * compared with.
 */
public final class ActionModel {

	private ActionModel() {
	}

	/**
	 * Does one action in a process that has every kind of channel.
	 * @param action the action
	 * @param gateOpen whether its gates are open
	 * @return for each channel where it is then, what was sent on it and whether it was
	 * closed; and what became of gates and descriptors
	 */
	public static Map<String, String> effects(Action action, boolean gateOpen) {
		World world = new World();
		Modelled process = new Modelled();
		process.life = Life.RUNNING;
		process.state = SessionState.initial(false).to(Phase.SERVING);
		process.gateOpen = gateOpen;
		process.controlGateOpen = gateOpen;
		process.holdsDescriptors = true;
		world.processes.add(process);
		world.processes.add(new Modelled());
		Map<String, Wire> wires = new LinkedHashMap<>();
		process.up = wire(world, wires, "up");
		process.down = wire(world, wires, "down");
		process.old = (action != Action.RETIRE_DOWN) ? wire(world, wires, "old") : null;
		process.parked = (action != Action.PARK) ? wire(world, wires, "parked") : null;
		process.greeted = wire(world, wires, "greeted");
		process.diallers.add(wire(world, wires, "dialler"));
		process.pending.add(action);
		world.perform(0);
		Map<String, String> effects = new LinkedHashMap<>();
		wires.forEach((name, wire) -> effects.put(name,
				"%s %s %s".formatted(place(process, wire), wire.toDialler, wire.acceptorClosed ? "closed" : "open")));
		effects.put("gate", process.gateOpen ? "open" : "closed");
		effects.put("control gate", process.controlGateOpen ? "open" : "closed");
		effects.put("descriptors", process.holdsDescriptors ? "held" : "closed");
		effects.put("dials", Boolean.toString(process.wantsToDial));
		return effects;
	}

	private static Wire wire(World world, Map<String, Wire> wires, String name) {
		Wire wire = new Wire(1);
		wire.acceptor = 0;
		wires.put(name, wire);
		world.wires.add(wire);
		return wire;
	}

	private static String place(Modelled process, Wire wire) {
		Map<String, @Nullable Wire> places = new LinkedHashMap<>();
		places.put("up", process.up);
		places.put("down", process.down);
		places.put("old", process.old);
		places.put("parked", process.parked);
		places.put("greeted", process.greeted);
		return places.entrySet()
			.stream()
			.filter((place) -> place.getValue() == wire)
			.map(Map.Entry::getKey)
			.findFirst()
			.orElse("nowhere");
	}

}
