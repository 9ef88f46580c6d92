package dev.handoff.internal.rules;

import java.util.ArrayList;
import java.util.List;

/**
 * The answer to an event: what to do, and the state after it. Built up by the rules.
 */
public final class Reaction {

	private SessionState state;

	private final List<Action> actions = new ArrayList<>();

	private boolean named = true;

	Reaction(SessionState state) {
		this.state = state;
	}

	public SessionState state() {
		return this.state;
	}

	public List<Action> actions() {
		return this.actions;
	}

	/**
	 * Returns whether a rule names the event in this state; others are ignored.
	 */
	public boolean isNamed() {
		return this.named;
	}

	boolean has(Flag flag) {
		return this.state.has(flag);
	}

	Reaction act(Action... next) {
		this.actions.addAll(List.of(next));
		return this;
	}

	Reaction actIf(Flag flag, Action... next) {
		return has(flag) ? act(next) : this;
	}

	Reaction set(Flag flag) {
		this.state = this.state.with(flag);
		return this;
	}

	Reaction clear(Flag... flags) {
		this.state = this.state.without(flags);
		return this;
	}

	Reaction to(Phase phase) {
		this.state = this.state.to(phase);
		return this;
	}

	Reaction ignore() {
		this.named = false;
		return this;
	}

}
