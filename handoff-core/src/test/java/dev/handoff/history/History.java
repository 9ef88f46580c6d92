package dev.handoff.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;

/**
 * What is done to the processes of one application, one thing after the other. It can be
 * made from a seed, written down, read again, and made smaller. Immutable.
 *
 * @param windowMillis the observation window of all processes
 * @param manual whether each release has to be asked for
 * @param steps what is done
 */
public record History(int windowMillis, boolean manual, List<Step> steps) {

	/**
	 * The detail of a start with a second listener.
	 */
	static final String EXTRA = "extra";

	private static final int[] WINDOWS = { 0, 300, 1500 };

	private static final List<String> AWAITED = List.of("OFFERING", "OBSERVING", "DRAINING", "SERVING", "STANDBY",
			"TERMINATED");

	public History {
		steps = List.copyOf(steps);
	}

	/**
	 * Makes a history.
	 * @param seed the same one makes the same history
	 */
	public static History random(long seed) {
		Random random = new Random(seed);
		// Neighbouring seeds begin alike.
		random.nextLong();
		int window = WINDOWS[random.nextInt(WINDOWS.length)];
		boolean manual = random.nextInt(10) == 0;
		List<Step> steps = new ArrayList<>();
		steps.add(new Step(Action.START, 0, ""));
		steps.add(new Step(Action.READY, 0, ""));
		int started = 1;
		int length = 4 + random.nextInt(14);
		for (int i = 0; i < length; i++) {
			Action action = Action.random(random);
			// One of the last two is part of a handoff.
			int process = Math.max(0, started - 1 - random.nextInt(random.nextInt(4) == 0 ? 4 : 2));
			steps.add(new Step(action, process, switch (action) {
				case AWAIT -> AWAITED.get(random.nextInt(AWAITED.size()));
				case PAUSE -> Integer.toString(random.nextInt(700));
				case START -> random.nextInt(4) == 0 ? EXTRA : "";
				default -> "";
			}));
			if (action == Action.START) {
				started++;
			}
		}
		return new History(window, manual, steps);
	}

	/**
	 * Reads what {@link #toString()} has written.
	 */
	public static History parse(String text) {
		List<String> parts = Arrays.asList(text.split("; ", -1));
		List<Step> steps = parts.subList(1, parts.size()).stream().map(Step::parse).toList();
		String[] options = parts.get(0).split(" ", -1);
		return new History(Integer.parseInt(options[1]), options.length > 2, steps);
	}

	/**
	 * Returns the same without some steps.
	 */
	History without(int from, int to) {
		List<Step> fewer = new ArrayList<>(this.steps);
		fewer.subList(from, to).clear();
		return new History(this.windowMillis, this.manual, fewer);
	}

	@Override
	public String toString() {
		return "window %d%s; %s".formatted(this.windowMillis, this.manual ? " manual" : "",
				this.steps.stream().map(Step::toString).collect(Collectors.joining("; ")));
	}

	/**
	 * One thing that is done.
	 *
	 * @param action what
	 * @param process to which process, by the order of their starts; the one that is
	 * started next for {@link Action#START}
	 * @param detail what the action needs, empty for most
	 */
	record Step(Action action, int process, String detail) {

		static Step parse(String text) {
			String[] words = text.split(" ", -1);
			return new Step(Action.valueOf(words[0].toUpperCase(Locale.ROOT)), Integer.parseInt(words[1]),
					(words.length > 2) ? words[2] : "");
		}

		@Override
		public String toString() {
			return (this.action.name().toLowerCase(Locale.ROOT) + " " + this.process + " " + this.detail).strip();
		}

	}

	/**
	 * Kinds of steps.
	 */
	enum Action {

		/** Starts a process, unless four live. */
		START(22),

		/** Tells a process that it is ready. */
		READY(22),

		/** Waits until a process has entered a state, for two seconds at most. */
		AWAIT(14),

		/** Lets time pass. */
		PAUSE(10),

		KILL(8),

		STOP(6),

		CONTINUE(8),

		TERMINATE(3),

		/** Asks a process to end its handoff before the release. */
		ABORT(3),

		/** Asks for the release, which only a manual one waits for. */
		RELEASE(3),

		/** Asks a process to undo the release. */
		RECLAIM(5),

		/** Removes the control socket's file. */
		REMOVE(3),

		/** Connects to the control socket and sends what is no message. */
		GARBAGE(3);

		private final int weight;

		Action(int weight) {
			this.weight = weight;
		}

		static Action random(Random random) {
			int all = Arrays.stream(values()).mapToInt((action) -> action.weight).sum();
			int left = random.nextInt(all);
			for (Action action : values()) {
				left -= action.weight;
				if (left < 0) {
					return action;
				}
			}
			throw new IllegalStateException("The weights have changed");
		}

	}

}
