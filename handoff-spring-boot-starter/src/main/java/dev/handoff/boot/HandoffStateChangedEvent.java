package dev.handoff.boot;

import dev.handoff.HandoffObserver.StateChange;

/**
 * An application event: the process's {@link dev.handoff.HandoffState} has changed.
 * Published on the thread {@code handoff-observer}, in order. A listener that blocks
 * delays the next event, never the handoff.
 *
 * @param change what changed
 */
public record HandoffStateChangedEvent(StateChange change) {

}
