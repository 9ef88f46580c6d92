/**
 * The rules of both sides of a handoff: a pure function from a state and an event to the
 * actions and the next state. Knows nothing of the project but the public state.
 */
@NullMarked
package dev.handoff.internal.rules;

import org.jspecify.annotations.NullMarked;
