package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.List;

import dev.handoff.internal.rules.Moves.Move;
import org.jspecify.annotations.Nullable;

/**
 * Visits every state that can be reached, depth first. A state that leads back to one on
 * the path to it is a violation as well: each fault-free path must end, and faults are
 * limited, so that there can be no circle.
 */
final class Explorer {

	private static final int MAX_STATES = 40_000_000;

	private final Moves moves;

	private final Visited visited = new Visited();

	private final List<Reaction> path = new ArrayList<>();

	private long transitions;

	Explorer(Moves moves) {
		this.moves = moves;
	}

	/**
	 * Explores.
	 * @param start the first state
	 * @return the first violation found with the path to it, {@code null} if there is
	 * none
	 */
	@Nullable String explore(World start) {
		String violation = enter(new Move("start", start));
		while (violation == null && !this.path.isEmpty()) {
			Reaction last = this.path.get(this.path.size() - 1);
			if (last.next == last.moves.size()) {
				this.visited.leave(last.fingerprint);
				this.path.remove(this.path.size() - 1);
				continue;
			}
			Move move = last.moves.get(last.next);
			// Worlds that have been dealt with need no memory.
			last.moves.set(last.next++, new Move(move.label(), last.world));
			this.transitions++;
			violation = enter(move);
		}
		return violation;
	}

	private @Nullable String enter(Move move) {
		long fingerprint = move.next().fingerprint();
		Visited.Mark mark = this.visited.enter(fingerprint);
		if (mark == Visited.Mark.DONE) {
			return null;
		}
		if (mark == Visited.Mark.ON_PATH) {
			return describe("goes in a circle", move);
		}
		List<Move> moves = this.moves.of(move.next());
		String violation = Invariants.violatedBy(move.next(), moves);
		if (violation != null) {
			return describe(violation, move);
		}
		if (this.visited.size() > MAX_STATES) {
			return "more than %d states".formatted(MAX_STATES);
		}
		this.path.add(new Reaction(move.label(), fingerprint, move.next(), moves));
		return null;
	}

	private String describe(String violation, Move last) {
		StringBuilder text = new StringBuilder(violation).append(", after:");
		this.path.forEach((step) -> text.append("\n  ").append(step.label));
		return text.append("\n  ").append(last.label()).toString();
	}

	int states() {
		return this.visited.size();
	}

	long transitions() {
		return this.transitions;
	}

	private static final class Reaction {

		private final String label;

		private final long fingerprint;

		private final World world;

		private final List<Move> moves;

		private int next;

		private Reaction(String label, long fingerprint, World world, List<Move> moves) {
			this.label = label;
			this.fingerprint = fingerprint;
			this.world = world;
			this.moves = moves;
		}

	}

	/**
	 * A set of fingerprints with open addressing; the lowest bit says whether a state is
	 * on the path. Two states that share 63 bits would be taken for one: with ten million
	 * states the odds of one such pair are about 1 to 200,000.
	 */
	private static final class Visited {

		private long[] table = new long[1 << 20];

		private int size;

		Mark enter(long fingerprint) {
			long key = fingerprint | 1;
			int slot = find(this.table, key);
			long found = this.table[slot];
			if (found != 0) {
				return ((found & 1) != 0) ? Mark.ON_PATH : Mark.DONE;
			}
			this.table[slot] = key;
			if (++this.size * 2 > this.table.length) {
				grow();
			}
			return Mark.NEW;
		}

		void leave(long fingerprint) {
			this.table[find(this.table, fingerprint | 1)] &= ~1L;
		}

		int size() {
			return this.size;
		}

		private void grow() {
			long[] larger = new long[this.table.length * 2];
			for (long entry : this.table) {
				if (entry != 0) {
					larger[find(larger, entry | 1)] = entry;
				}
			}
			this.table = larger;
		}

		private static int find(long[] table, long key) {
			int slot = (int) (key >>> 20) & (table.length - 1);
			while (table[slot] != 0 && (table[slot] | 1) != key) {
				slot = (slot + 1) & (table.length - 1);
			}
			return slot;
		}

		enum Mark {

			NEW, ON_PATH, DONE

		}

	}

}
